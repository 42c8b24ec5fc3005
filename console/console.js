"use strict";
// The forms of index.html work without this script: they lead to the routes' own answers. With it,
// an answer appears beside its form. Whatever a server says is put into the page as text.

document.documentElement.classList.add("scripted"); // before anything is painted

const FACTS = {
  hello: () => [],
  ping: (answer) => [
    ["Address", answer.address],
    ["Round trip", answer.rtt_ms === null ? null : `${Number(answer.rtt_ms).toFixed(3)} ms`],
    ["TTL", answer.ttl],
    ["ICMP", answer.icmp],
  ],
  calculate: (answer) => [
    ["Expression", answer.expression],
    ["Type", answer.type],
  ],
};
const RESULTS = {
  hello: (answer) => answer.greeting,
  ping: (answer) => `${answer.transmitted} sent, ${answer.received} received`,
  calculate: (answer) => answer.result,
};

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function row(name, value) {
  const made = document.createElement("div");
  made.append(element("dt", "", name), element("dd", "", value));
  return made;
}

function rows(facts) {
  const list = element("dl", "facts", "");
  list.append(...facts.filter(([, value]) => value !== null).map(([n, v]) => row(n, v)));
  return list;
}

// --- asking ------------------------------------------------------------------------------------

// `body` is null when it is no JSON object, as the page of some other server's is none.
async function ask(address) {
  const response = await fetch(address, {
    headers: { Accept: "application/json" },
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
  });
  const text = await response.text();
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // it has a status all the same
  }
  return {
    status: response.status,
    id: response.headers.get("X-Request-Id"),
    wait: response.headers.get("Retry-After"),
    body: typeof body === "object" ? body : null,
  };
}

function complaint({ status, wait, body }) {
  const details = [body?.detail];
  if (status === 429 && /^[0-9]+$/.test(wait ?? "")) {
    details.push(`Wait ${wait} ${wait === "1" ? "second" : "seconds"}, then ask again`);
  }
  return {
    what: body?.error ?? `The server answered with status ${status}`,
    details: details.filter(Boolean).join(". "),
  };
}

// --- showing -----------------------------------------------------------------------------------

class Route {
  constructor(section) {
    this.name = section.getAttribute("aria-labelledby");
    this.form = section.querySelector("form");
    this.field = section.querySelector("input");
    this.button = section.querySelector("button");
    this.label = this.button.textContent;
    this.error = section.querySelector(".error");
    this.output = section.querySelector("output");
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.output.replaceChildren(element("p", "empty", "The answer appears here."));
  }

  async submit(event) {
    event.preventDefault();
    if (this.isBusy) return;
    const query = new URLSearchParams(new FormData(this.form));
    const address = `${this.form.getAttribute("action")}?${query}`;
    this.setBusy(true);
    this.clearError();
    try {
      this.show(address, await ask(address));
    } catch {
      this.showError({ what: "No answer", details: "the server can't be reached" }, false);
      this.output.replaceChildren(element("p", "empty", "No answer."));
    }
    this.setBusy(false);
  }

  // Not `disabled`, which would take the focus away.
  setBusy(busy) {
    this.isBusy = busy;
    this.button.setAttribute("aria-disabled", String(busy));
    this.form.setAttribute("aria-busy", String(busy));
    this.button.textContent = busy ? "Asking…" : this.label;
  }

  clearError() {
    this.field.removeAttribute("aria-invalid");
    this.error.textContent = "";
  }

  showError({ what, details }, isOfField) {
    this.error.append(element("strong", "", details ? `${what}: ` : what), details);
    if (isOfField) this.field.setAttribute("aria-invalid", "true");
  }

  show(address, answer) {
    const good = answer.status === 200 && answer.body !== null;
    const facts = good ? FACTS[this.name](answer.body) : [["Status", answer.status]];
    const result = good
      ? element("p", "result", RESULTS[this.name](answer.body))
      : element("p", "empty", "No result.");
    facts.push(["Request id", answer.id]);
    if (!good) this.showError(complaint(answer), [400, 403, 414].includes(answer.status));
    this.output.replaceChildren(result, rows(facts));
    const link = element("a", "", address.length > 80 ? `${address.slice(0, 80)}…` : address);
    link.href = address;
    const line = element("p", "plain", "As text: ");
    line.append(link);
    this.output.append(line);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  for (const section of document.querySelectorAll(".route")) new Route(section);
});
