/*
 * Each object of standard input, a JSON array, against Kubernetes' OpenAPI as the package
 * kubernetes-models has compiled it: one line for each fault. A schema lets fields pass that it does
 * not know, and the server drops them: so what no validator has looked at is a fault, too.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];

function place({ apiVersion, kind }) {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    const source = group === "monitoring.coreos.com" ? "@kubernetes-models/prometheus-operator"
                                                     : "kubernetes-models";
    return join(modules, source, group, version, `${kind}.js`);
}

/* The model's own copies what it is given first: what it names is asked itself. */
async function validator(object) {
    const path = place(object);
    const name = /["']([^"']*_schemas\/[^"']*)["']/.exec(readFileSync(path, "utf8"))[1];
    return (await import(pathToFileURL(join(dirname(path), name)).href)).validate;
}

/* Notes which fields of the object, and of those in it, are read. */
function watch(value, path, seen, made) {
    if (typeof value !== "object" || value === null)
        return value;
    if (!made.has(value))
        made.set(value, new Proxy(value, {
            get(target, name) {
                if (typeof name === "string")
                    seen.add(`${path}/${name}`);
                return watch(target[name], `${path}/${String(name)}`, seen, made);
            },
        }));
    return made.get(value);
}

function* fields(value, path) {
    if (typeof value !== "object" || value === null)
        return;
    for (const name of Object.keys(value)) {
        if (!Array.isArray(value))
            yield `${path}/${name}`;
        yield* fields(value[name], `${path}/${name}`);
    }
}

async function faults(object) {
    const validate = await validator(object);
    const seen = new Set();
    const found = [];
    if (!validate(watch(object, "", seen, new Map())))
        for (const { instancePath, keyword, params } of validate.errors)
            found.push(`${instancePath}: ${keyword}: ${JSON.stringify(params)}`);
    for (const path of fields(object, ""))
        if (!seen.has(path))
            found.push(`${path}: no such field`);
    return found;
}

for (const object of JSON.parse(readFileSync(0, "utf8")))
    for (const fault of await faults(object))
        console.log(`${object.kind} ${object.metadata?.name}: ${fault}`);
