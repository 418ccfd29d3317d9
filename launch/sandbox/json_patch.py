"""JSON Patch (RFC 6902) on a resource: add, remove, replace, move, copy, test."""

import copy

from launch.sandbox.outcome import FhirError, invalid


def apply_patch(resource: dict, operations: object) -> dict:
    """
    Return a patched copy.

    raises: FhirError 400 for a patch that is malformed, 422 for one that does not fit or whose test fails
    """
    if not isinstance(operations, list) or not operations:
        raise invalid("a JSON Patch is a list of operations")
    root = {"": copy.deepcopy(resource)}
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise invalid("a JSON Patch operation has op and path")
        _apply(root, operation)
    return root[""]


def _apply(root: dict, operation: dict) -> None:
    verb, path = operation.get("op"), operation["path"]
    if verb in ("add", "replace", "test") and "value" not in operation:
        raise invalid(f"{verb} needs a value")
    if verb == "add":
        _add(root, path, copy.deepcopy(operation["value"]))
    elif verb == "replace":
        _remove(root, path)
        _add(root, path, copy.deepcopy(operation["value"]))
    elif verb == "remove":
        _remove(root, path)
    elif verb == "test":
        if _at(root, path) != operation["value"]:
            raise _misfit(f"test of {path} failed")
    elif verb in ("move", "copy") and isinstance(operation.get("from"), str):
        value = copy.deepcopy(_at(root, operation["from"]))
        if verb == "move":
            _remove(root, operation["from"])
        _add(root, path, value)
    else:
        raise invalid("op is add, remove, replace, move, copy or test")


def _misfit(text: str) -> FhirError:
    return invalid(text, status=422, code="processing")


def _steps(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise invalid("a JSON Patch path begins with a slash")
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")]


def _parent(root: dict, path: str) -> tuple[dict | list, str]:
    node: object = root
    *before, last = _steps(path)
    for step in before:
        node = _child(node, step, path)
    return node, last


def _child(node: object, step: str, path: str) -> object:
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    raise _misfit(f"{path} does not exist")


def _at(root: dict, path: str) -> object:
    node, last = _parent(root, path)
    return _child(node, last, path)


def _add(root: dict, path: str, value: object) -> None:
    node, last = _parent(root, path)
    if isinstance(node, dict):
        node[last] = value
    elif isinstance(node, list) and last == "-":
        node.append(value)
    elif isinstance(node, list) and last.isdecimal() and int(last) <= len(node):
        node.insert(int(last), value)
    else:
        raise _misfit(f"{path} does not exist")


def _remove(root: dict, path: str) -> None:
    node, last = _parent(root, path)
    _child(node, last, path)
    if isinstance(node, dict):
        del node[last]
    else:
        del node[int(last)]
