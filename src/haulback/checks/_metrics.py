"""The figures of a hosted Supabase project's machine.

Source: Supabase's Metrics API, `<api>/customer/v1/privileged/metrics`, HTTP basic authentication as `service_role`
with the project's service key, Prometheus text format 0.0.4, node_exporter's names. It is refreshed once a minute,
so two readings of its CPU counters a moment apart are equal: the load average over the CPUs stands in for them.
"""

from __future__ import annotations

import base64
import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from haulback.model.target import Target

PATH = "/customer/v1/privileged/metrics"
_TIMEOUT = 5.0  # seconds
_MOST = 8 * 1024**2  # bytes; a project answers with about 200 kB
_SAMPLE = re.compile(r'^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(?P<value>\S+)')
_LABEL = re.compile(r'(?P<name>[a-zA-Z_]\w*)\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"')


class MetricsUnavailable(Exception):
    """Why the figures could not be had; never leaves this room."""


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class HostFigures:
    """Shares between 0 and 1; `cpu` may be above 1, since it is the load average over the CPUs.

    Attributes:
        free: free share by mount point; `/data` is the one that holds the database.
        available: free bytes by mount point.
    """

    cpu: float
    memory: float
    free: Mapping[str, float]
    available: Mapping[str, float]


def parse(text: str) -> tuple[Sample, ...]:
    """The samples of a Prometheus text; lines without a readable value are left out."""
    samples = []
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match is None:
            continue
        try:
            value = float(match["value"])
        except ValueError:
            continue
        labels = {one["name"]: one["value"] for one in _LABEL.finditer(match["labels"] or "")}
        samples.append(Sample(match["name"], labels, value))
    return tuple(samples)


def figures(samples: tuple[Sample, ...]) -> HostFigures:
    """Reads the host's figures out of the samples.

    Raises:
        MetricsUnavailable: a series that we need is not there.
    """
    cpus = {one.labels.get("cpu") for one in samples if one.name == "node_cpu_seconds_total"}
    total = _single(samples, "node_memory_MemTotal_bytes")
    if not cpus or not total > 0:
        raise MetricsUnavailable("the endpoint names no CPU or no memory")
    return HostFigures(
        cpu=_single(samples, "node_load1") / len(cpus),
        memory=1 - _single(samples, "node_memory_MemAvailable_bytes") / total,
        free=_free(samples),
        available=_by_place(samples, "node_filesystem_avail_bytes"),
    )


def fetch(target: Target) -> HostFigures:
    """Asks the target's own API address.

    Raises:
        MetricsUnavailable: there is no address or key, or no usable answer.
    """
    if not target.api_url or not target.service_role_key:
        raise MetricsUnavailable("the target has no api_url or no service role key")
    if not _confidential(target.api_url):
        raise MetricsUnavailable("the service role key is not sent over plain HTTP")
    login = base64.b64encode(f"service_role:{target.service_role_key}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at above
        target.api_url.rstrip("/") + PATH, headers={"Authorization": f"Basic {login}"}
    )
    try:
        with _OPENER.open(request, timeout=_TIMEOUT) as answer:
            text = answer.read(_MOST).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        error.close()
        raise MetricsUnavailable(f"the metrics endpoint answered {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise MetricsUnavailable(f"the metrics endpoint is not reachable ({type(error).__name__})") from None
    return figures(parse(text))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to whomever it names."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _confidential(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"


def _single(samples: tuple[Sample, ...], name: str) -> float:
    for one in samples:
        if one.name == name:
            return one.value
    raise MetricsUnavailable(f"the endpoint does not tell {name}")


def _free(samples: tuple[Sample, ...]) -> dict[str, float]:
    sizes = _by_place(samples, "node_filesystem_size_bytes")
    available = _by_place(samples, "node_filesystem_avail_bytes")
    return {
        place: available[place] / sizes[place] for place in sorted(sizes.keys() & available.keys()) if sizes[place] > 0
    }


def _by_place(samples: tuple[Sample, ...], name: str) -> dict[str, float]:
    return {_place(one): one.value for one in samples if one.name == name}


def _place(sample: Sample) -> str:
    return sample.labels.get("mountpoint", "")
