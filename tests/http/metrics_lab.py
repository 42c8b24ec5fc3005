"""What /metrics answers, read by the parser of Prometheus's own client."""

import math

from prometheus_client.parser import text_string_to_metric_families

TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = ["0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5",
          "1", "2.5", "5", "+Inf"]
LAYERS = {"user", "root", "landlock", "seccomp", "limits", "mdwe"}


class Scraped:
    """One answer, parsed."""

    def __init__(self, text):
        self.text = text
        families = list(text_string_to_metric_families(text))
        self.types = {family.name: family.type for family in families}
        assert len(self.types) == len(families), "each comes once"
        assert all(family.documentation for family in families)
        self.values = {}
        for sample in (sample for family in families for sample in family.samples):
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in self.values, "so does each series"
            assert sample.value >= 0 and math.isfinite(sample.value)
            self.values[key] = sample.value

    def get(self, name, **labels):
        return self.values.get((f"bulkhead_{name}", frozenset(labels.items())))

    def all(self, name, **labels):
        """Of all series that have these labels and others."""
        return [value for (known, found), value in self.values.items()
                if known == f"bulkhead_{name}" and labels.items() <= dict(found).items()]

    def sum(self, name, **labels):
        return sum(self.all(name, **labels))


def scrape(stack):
    answer = stack.get("/metrics")
    assert (answer.status, answer.header("content-type")) == (200, TYPE)
    return Scraped(answer.text)


def buckets(found, route, process):
    return [found.get("request_duration_seconds_bucket", route=route, process=process, le=bound)
            for bound in BOUNDS]
