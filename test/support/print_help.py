"""Prints the --help of argparse scripts, and what they make of command lines.

Reads a JSON list of scripts from standard input; each is {"arguments": [...], "argv": [...] or null}.
Writes a JSON list of {"help": text} or, with argv, {"values": namespace} or {"refused": text}.
"""
import argparse
import contextlib
import io
import json
import shlex
import sys

TYPES = {"int": int, "float": float, "str": str}
FORMATTERS = {
    "defaults": argparse.ArgumentDefaultsHelpFormatter,
    "plain": argparse.HelpFormatter,
    "raw": argparse.RawDescriptionHelpFormatter,
}


def parser_of(script):
    parser = argparse.ArgumentParser(
        prog=script["program"],
        description=script.get("description"),
        formatter_class=FORMATTERS[script["formatter"]],
    )
    groups = {}
    for argument in script["arguments"]:
        options = dict(argument["options"])
        if "type" in options:
            options["type"] = TYPES[options["type"]]
        if options.get("action") == "boolean-optional":
            options["action"] = argparse.BooleanOptionalAction
        target = parser
        if argument.get("group") is not None:
            key = argument["group"]
            if key not in groups:
                groups[key] = parser.add_mutually_exclusive_group()
            target = groups[key]
        target.add_argument(*argument["names"], **options)
    return parser


def answer(script):
    parser = parser_of(script)
    if script.get("line") is None:
        return {"help": parser.format_help()}
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            return {"values": vars(parser.parse_args(shlex.split(script["line"])))}
    except SystemExit:
        return {"refused": errors.getvalue()}


json.dump([answer(script) for script in json.load(sys.stdin)], sys.stdout)
