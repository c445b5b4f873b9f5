"""A project whose target has an API: `haulback serve` over its own database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from acceptance_site import Site, Started, until
from api_secret import SECRET

KNOWN = {"HAULBACK_JWT_SECRET": SECRET}


@dataclass
class Served:
    """The project, and its API as long as it is served."""

    site: Site
    gateway: Started
    url: str

    def configure(self, text: str = "", *, deploy: str = "", local: str = "") -> None:
        self.site.configure(text, deploy=deploy, local=f'api_url = "{self.url}"\n{local}')

    def stop(self) -> None:
        self.gateway.process.terminate()
        self.gateway.ended()


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    site.configure()
    site.environment.update(KNOWN)
    gateway = site.start("serve", "--json", "--port", "0")
    told = until(lambda: gateway.said, "the API")[0]
    made = Served(site, gateway, told["url"])
    made.configure()
    yield made
    made.stop()
