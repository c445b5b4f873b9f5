"""Copies of the clients' packages, with what their tests need beside them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
import venv
from pathlib import Path

# Tools of the packages that no test needs.
SPARE = {"chokidar-cli", "tsdown", "tstyche", "typedoc"}
APP = "packages/core/supabase-js"
APP_NEEDS = r"@opentelemetry/|jsonwebtoken|jest$|ts-jest|typescript"
# Types are the compiler's to check, and what the tests are for is what the server says; older Node has no WebSocket.
APP_JEST = {
    "preset": "ts-jest",
    "testEnvironment": "node",
    "setupFiles": ["<rootDir>/setup.js"],
    "transform": {r"\.ts$": ["ts-jest", {"diagnostics": False}]},
}
APP_TYPESCRIPT = {"module": "CommonJS", "target": "ES2022", "esModuleInterop": True, "isolatedModules": True}


def again(origin: Path, copy: Path) -> None:
    """A folder of a package as it is in the checkout."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(origin, copy)


def wanted_js(folder: Path, told: dict[str, str]) -> dict[str, str]:
    """The packages that tests of one package want, in the versions of the workspace, which also runs them."""
    workspace = (folder / "pnpm-workspace.yaml").read_text(encoding="utf-8")
    named = dict(re.findall(r"^  '?([@\w/-]+)'?: '?([~^\d.]+)'?$", workspace, re.MULTILINE))
    above = json.loads((folder / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    wanted = {name: version for name, version in told.items() if name not in SPARE}
    wanted["ts-node"] = above["ts-node"]
    return {name: named[name] if version == "catalog:" else version for name, version in wanted.items()}


def installed_js(folder: Path, copy: Path) -> Path:
    """postgrest for JavaScript."""
    return _installed_js(folder, copy, "postgrest-js")


def installed_auth_js(folder: Path, copy: Path) -> Path:
    """auth for JavaScript, with the keys that its tests sign with."""
    package = _installed_js(folder, copy, "auth-js")
    subprocess.run(["node", "test/generate-signing-keys.js"], cwd=package, check=True, capture_output=True)
    return package


def _installed_js(folder: Path, copy: Path, name: str) -> Path:
    """A copy of the package with what its tests need, in the versions that the workspace names."""
    origin, package = folder / "packages/core" / name, copy / "packages/core" / name
    if not (package / "node_modules").exists():
        shutil.copytree(origin, package, ignore=shutil.ignore_patterns("node_modules"))
        shutil.copy(folder / "tsconfig.base.json", copy)
        told = json.loads((package / "package.json").read_text(encoding="utf-8"))
        told["devDependencies"] = wanted_js(folder, told["devDependencies"])
        (package / "package.json").write_text(json.dumps(told), encoding="utf-8")
        npm_install(package)
    again(origin / "test", package / "test")
    return package


def installed_py(folder: Path, copy: Path) -> Path:
    """postgrest for Python."""
    return _installed_py(folder, copy, "postgrest", "test")


def installed_realtime(folder: Path, copy: Path) -> Path:
    """realtime for Python."""
    return _installed_py(folder, copy, "realtime", "tests")


def installed_auth_py(folder: Path, copy: Path) -> Path:
    """auth for Python."""
    return _installed_py(folder, copy, "auth", "tests")


def _installed_py(folder: Path, copy: Path, name: str, group: str) -> Path:
    """A copy of the package, and an environment with what it and its tests depend on."""
    package = copy / name
    if not (package / "venv").exists():
        shutil.copytree(folder / "src" / name, package)
        project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
        venv.create(package / "venv", with_pip=True)
        wanted = [*project["project"]["dependencies"], *project["dependency-groups"][group]]
        plain = [one.replace("(", "").replace(")", "") for one in wanted]
        subprocess.run([package / "venv/bin/pip", "install", "--quiet", *plain], check=True)
    again(folder / "src" / name / "tests", package / "tests")
    return package


def installed_app(folder: Path, copy: Path) -> Path:
    """The integration tests of supabase-js, with the client as npm has it, since the checkout's would have to be built.

    The version is the newest that the checkout knows of.
    """
    app = copy / "app"
    if not (app / "node_modules").exists():
        (app / "test").mkdir(parents=True)
        told = json.loads((folder / APP / "package.json").read_text(encoding="utf-8"))["devDependencies"]
        needed = {name: version for name, version in told.items() if re.match(APP_NEEDS, name)}
        changes = (folder / APP / "CHANGELOG.md").read_text(encoding="utf-8")
        version = re.findall(r"^##? \[?(\d+\.\d+\.\d+)[\] ]", changes, re.MULTILINE)[0]
        needed = wanted_js(folder, needed) | {"@supabase/supabase-js": version, "ws": "^8"}
        (app / "package.json").write_text(json.dumps({"private": True, "devDependencies": needed, "jest": APP_JEST}))
        (app / "tsconfig.json").write_text(json.dumps({"compilerOptions": APP_TYPESCRIPT}))
        (app / "setup.js").write_text("globalThis.WebSocket ??= require('ws')\n")
        npm_install(app)
    text = (folder / APP / "test/integration.test.ts").read_text(encoding="utf-8")
    text = text.replace("'../src/index'", "'@supabase/supabase-js'")
    text = text.replace("'../src/tracing'", "'@supabase/supabase-js/tracing'")
    (app / "test/integration.test.ts").write_text(text, encoding="utf-8")
    return app


def npm_install(folder: Path) -> None:
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=folder, check=True)
