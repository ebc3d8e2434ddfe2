"""Validates Boutiques descriptors as bosh does, all in one process; prints how many and how long it took."""

import json
import sys
import time

from boutiques.util.utils import loadJson
from boutiques.validator import validate_descriptor


def is_valid(path):
    try:
        validate_descriptor(loadJson(path), descriptor_path=path, format_output=False)
        return True
    except BaseException:  # bosh refuses by many kinds of exceptions, SystemExit among them
        return False


paths = sys.stdin.read().split("\n")
began = time.perf_counter()
valid = sum(is_valid(path) for path in paths)
seconds = time.perf_counter() - began
json.dump({"descriptors": len(paths), "valid": valid, "seconds": seconds}, sys.stdout)
