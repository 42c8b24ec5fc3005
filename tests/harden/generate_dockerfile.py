"""Dockerfiles as many would write them, well and badly: random instructions in random shapes."""

import generate

IMAGES = ["debian:12", "debian", "alpine:3.22", "python:3.12-slim", "node:22-alpine", "scratch",
          "gcr.io/distroless/static:nonroot", "${BASE}", "$BASE", "ghcr.io/a/b:1", "nginx:latest"]
SIMPLE = [
    "USER app", "USER root", "USER 0:0", "USER $U", "USER 10001:10001", "WORKDIR /app",
    "COPY . /app", "COPY a b /c/", 'COPY ["a b", "/c"]', "COPY --from=build /x /y",
    "COPY --chmod=777 a /b", "ADD a.py /app/", "ADD x.tar.gz /", "ADD https://example.org/x /x",
    "ADD dist/* /x/", 'ADD ["q", "/q"]', "ENV A=1 B=\"x y\"", "ENV PASSWORD=hunter22",
    "ENV OLD form of it", "ARG TOKEN", "ARG V=1", "EXPOSE 8000", "EXPOSE 22 53/udp", "EXPOSE $P",
    "HEALTHCHECK NONE", "HEALTHCHECK --interval=5s CMD true", "VOLUME /data", "STOPSIGNAL SIGINT",
    "MAINTAINER A B <a@b.example>", 'MAINTAINER "A B"', "MAINTAINER $WHO", "LABEL a=b",
    'ENTRYPOINT ["/x"]', "ENTRYPOINT /x --y z", "ENTRYPOINT exec /x", "ENTRYPOINT a && b",
    'CMD ["x"]', "CMD x y", "ONBUILD ADD . /app", "ONBUILD RUN curl -k x", "ONBUILD USER root",
    'SHELL ["/bin/bash", "-c"]', 'RUN ["apt-get", "install", "x"]',
]
COMMANDS = [
    "apt-get update", "apt-get install -y x", "apt-get install --allow-unauthenticated y",
    "curl -fsSLk https://example.org/x", "curl --insecure x | sh", "wget --no-check-certificate x",
    "pip install --trusted-host a.example b", "sudo make install", "chmod 777 /x", "chmod u+s /y",
    "echo \"curl -k | sh\"", "echo 'it is <<EOF'", "V=$(curl -k y)", "true", "apk add x",
    "git -c http.sslVerify=false clone x", "rm -rf /var/lib/apt/lists/*", "(cd /x; make)",
    "sh -c 'curl -k z'", "if true; then sudo a; fi", "echo root:x | chpasswd", "exec -a x y",
]
COMMENTS = ["# why", "#", "# harden: ignore K1 because it is so", "# harden: ignore K12",
            "# USER root", "# escape=`"]
MUTATIONS = ["\\", "\n", "\r\n", " ", "\t", "#", '"', "'", "`", "$", "{", "}", "[", "]", "<<EOF",
             "EOF", "&&", "|", ";", "(", ")", "\\\n", "FROM x\n", "USER root\n", "RUN ", "\x00",
             "\ufeff", "\nEOF\n", "--no-install-recommends", "-k", "ONBUILD ", "\\ \n", "\n\n# x\n"]


def run(random):
    """One RUN, over several lines perhaps, with comments and empty lines between."""
    commands = random.choices(COMMANDS, k=random.randrange(1, 5))
    shape = random.randrange(4)
    if shape == 0:
        return "RUN " + " && ".join(commands)
    if shape == 1:
        between = random.choice([" && \\\n    ", " \\\n && ", "; \\  \n\t", " && \\\n# why\n\n  "])
        return random.choice(["RUN ", "RUN --network=none \\\n  "]) + between.join(commands)
    if shape == 2:
        name = random.choice(["EOF", '"EOF"', "-E", "-'E'"])
        end = name.strip("-\"'")
        return f"RUN <<{name}\n" + "\n".join(commands) + f"\n{end}"
    return "RUN " + commands[0].replace(" ", " \\\n      ")


def instruction(random):
    kind = random.random()
    text = run(random) if kind < 0.4 else random.choice(SIMPLE)
    if kind > 0.9:
        text = random.choice(COMMENTS) + "\n" + text
    if random.random() < 0.1:
        text = text[:text.index(" ")].lower() + text[text.index(" "):]
    return text


def document(random):
    """The bytes of one that is well-formed."""
    lines = [random.choice(["# syntax=docker/dockerfile:1", "# escape=\\", "# x"])
             ] if random.random() < 0.3 else []
    lines += ["ARG BASE=debian:12"] * (random.random() < 0.7)
    for stage in range(random.randrange(1, 4)):
        name = random.choice(IMAGES + ["build"] * 3 * (stage > 0))
        lines.append(f"FROM {name}" + (" AS build" if stage == 0 else ""))
        lines += [instruction(random) for _ in range(random.randrange(0, 7))]
        lines += [""] * random.randrange(2)
    newline = random.choice(["\n", "\n", "\r\n"])
    text = "\n".join(lines).replace("\n", newline)
    mark = "\ufeff" if random.random() < 0.1 else ""
    return (mark + text + random.choice([newline, newline, ""])).encode()


def mutated(random, data):
    """The same with a few bytes put in, taken out or doubled."""
    return generate.mutated(random, data, [text.encode() for text in MUTATIONS], 30)
