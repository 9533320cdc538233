"""What the doctor found, in a file that one can post where everybody reads it.

It holds no secret: options that may be one are left out by their names, and whatever is known
or looks like a secret is taken out of every other line, the service's log included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from pi_service.appliance.host import options
from pi_service.cli.doctor_checks import Finding, text_of
from pi_service.plugins.child import pieces
from pi_service.plugins.settings import FILE, Kept

OPTIONS = Path("etc/catplotter.conf")
SECRET_FILES = ("setup.token", "local.key")
"""Files of the service's folder that hold nothing else."""
LOG_LINES = 200
GONE = "[left out]"
_SECRET_NAME = re.compile(r"PASS|TOKEN|SECRET|KEY|CREDENTIAL|USER", re.IGNORECASE)
_LOOKS_SECRET = (
    re.compile(r"(://)[^/\s:@]+:[^/\s@]+(?=@)"),  # http://name:password@host
    re.compile(r"()\bcatplotter_[\w-]{8,}"),  # an API key
    re.compile(r"(?i)(\bbearer )(?!\[)\S+"),
    re.compile(
        r"(?i)((?:token|password|passwd|secret|key|session)[\"']?\s*[=:#]\s*[\"']?)"
        r"(?!\[)[^\s\"',;&]+"
    ),
    re.compile(r"()\b[\w-]{40,}\b"),  # any long random word, such as a set-up token
)
"""What is before a secret, and the secret."""
SHORTEST = 4
"""Known secrets of fewer letters are taken for words that may stand anywhere."""


def report(
    findings: Iterable[Finding],
    *,
    data: Path,
    environ: Mapping[str, str],
    ask: Callable[[Sequence[str]], str | None],
    root: Path = Path("/"),
) -> str:
    """The whole report."""
    try:
        chosen = options(root / OPTIONS)
    except OSError:
        chosen = {}
    ours = {k: v for k, v in environ.items() if k.startswith(("CATPLOTTER", "GPIOZERO"))}
    parts = [f"catplotter {version('catplotter')}", "", "What was found"]
    parts += [f"{'ok  ' if f.ok else 'LOOK'}  {f.name:<12} {f.text}" for f in findings]
    parts += ["", "Options", *_shown(chosen), *_shown(ours)]
    parts += ["", "The system", text_of(root / "etc/os-release").strip()]
    parts += [(ask(["uname", "-srm"]) or "").strip()]
    log = ask(["journalctl", "-u", "catplotter", "-n", str(LOG_LINES), "--no-pager"])
    parts += ["", "The service's last words", (log or "none can be read").strip(), ""]
    known = set(_secrets(chosen | ours)) | set(_kept(data)) | _of_plugins(data)
    return clean("\n".join(parts), known)


def clean(text: str, known: Iterable[str]) -> str:
    """A text without the secrets that are known, and without what looks like one."""
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, GONE)
    for pattern in _LOOKS_SECRET:
        text = pattern.sub(rf"\1{GONE}", text)
    return text


def _shown(chosen: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(chosen.items()):
        yield f"{name}={GONE if _SECRET_NAME.search(name) else value}"


def _secrets(chosen: Mapping[str, str]) -> Iterator[str]:
    return (value for name, value in chosen.items() if _SECRET_NAME.search(name))


def _of_plugins(data: Path) -> set[str]:
    """What the plug-ins are set up with."""
    return pieces(secret for use in Kept(data / FILE).uses for secret in use.secrets)


def _kept(data: Path) -> Iterator[str]:
    """What lies in the service's folder for its owner's eyes."""
    for name in SECRET_FILES:
        text = text_of(data / name).strip()
        yield text
        try:
            yield str(json.loads(text)["secret"])
        except (ValueError, KeyError, TypeError):
            continue
