"""The same rules in the languages of other engines. Each answers which rules match an event."""

from typing import Any

import json_logic
import rule_engine
import simpleeval

from tests.bench.workers.loop import Work, cycle, serve

Row = tuple[str, str, Any]
Facts = dict[str, Any]


def prepare(setup: Any) -> dict[str, Work]:
    """Build every engine's rules, and refuse to run if they do not agree."""
    rules = [(one["every"], one["either"]) for one in setup["rules"]]
    engines = {
        "by hand": by_hand(rules),
        "rule-engine": of_rule_engine(rules),
        "json-logic": of_json_logic(rules),
        "simpleeval": of_simpleeval(rules),
    }
    for facts, expected in zip(setup["facts"], setup["matches"], strict=False):
        for name, match in engines.items():
            if match(facts) != expected:
                raise AssertionError(f"{name} disagrees")
    return {name: cycle(setup["facts"], match) for name, match in engines.items()}


def by_hand(rules: list[Any]) -> Any:
    """The loop that people write: each condition looked at until one decides."""

    def holds(row: Row, facts: Facts) -> Any:
        field, operator, value = row
        now = facts[field]
        if operator == "is":
            return now == value
        if operator == "is_not":
            return now != value
        if operator == "in":
            return now in value
        if operator == "contains":
            return value in now
        if operator == "any":
            return any(one in now for one in value)
        if operator == "none":
            return not any(one in now for one in value)
        if operator == "greater":
            return now > value
        if operator == "less":
            return now < value
        if operator == "changed":
            return now != facts["was"][field]
        return now == value and now != facts["was"][field]

    def match(facts: Facts) -> list[int]:
        return [
            n
            for n, (every, either) in enumerate(rules)
            if all(holds(row, facts) for row in every) and any(holds(row, facts) for row in either)
        ]

    return match


def of_rule_engine(rules: list[Any]) -> Any:
    def text(row: Row) -> str:
        field, operator, value = row
        quoted = repr(value).replace("'", '"')
        if operator in ("is", "is_not"):
            return f"{field} {'==' if operator == 'is' else '!='} {quoted}"
        if operator == "in":
            return f"{field} in {quoted}"
        if operator == "contains":
            return f"{quoted} in {field}"
        if operator in ("any", "none"):
            found = " or ".join(f'"{one}" in {field}' for one in value)
            return f"({found})" if operator == "any" else f"not ({found})"
        if operator in ("greater", "less"):
            return f"{field} {'>' if operator == 'greater' else '<'} {value}"
        moved = f"{field} != was.{field}"
        return moved if operator == "changed" else f"({field} == {quoted} and {moved})"

    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    compiled = [
        rule_engine.Rule(
            " and ".join(map(text, every)) + f" and ({' or '.join(map(text, either))})",
            context=context,
        )
        for every, either in rules
    ]
    return lambda facts: [n for n, one in enumerate(compiled) if one.matches(facts)]


def of_json_logic(rules: list[Any]) -> Any:
    def tree(row: Row) -> Any:
        field, operator, value = row
        var, was = {"var": field}, {"var": f"was.{field}"}
        if operator in ("is", "is_not"):
            return {"==" if operator == "is" else "!=": [var, value]}
        if operator == "in":
            return {"in": [var, value]}
        if operator == "contains":
            return {"in": [value, var]}
        if operator in ("any", "none"):
            found = {"or": [{"in": [one, var]} for one in value]}
            return found if operator == "any" else {"!": [found]}
        if operator in ("greater", "less"):
            return {">" if operator == "greater" else "<": [var, value]}
        moved = {"!=": [var, was]}
        return moved if operator == "changed" else {"and": [{"==": [var, value]}, moved]}

    trees = [
        {"and": [*map(tree, every), {"or": [tree(row) for row in either]}]}
        for every, either in rules
    ]
    return lambda facts: [n for n, one in enumerate(trees) if json_logic.jsonLogic(one, facts)]


def of_simpleeval(rules: list[Any]) -> Any:
    def text(row: Row) -> str:
        field, operator, value = row
        if operator in ("is", "is_not"):
            return f"{field} {'==' if operator == 'is' else '!='} {value!r}"
        if operator == "in":
            return "(" + " or ".join(f"{field} == {one!r}" for one in value) + ")"
        if operator == "contains":
            return f"{value!r} in {field}"
        if operator in ("any", "none"):
            found = " or ".join(f"{one!r} in {field}" for one in value)
            return f"({found})" if operator == "any" else f"not ({found})"
        if operator in ("greater", "less"):
            return f"{field} {'>' if operator == 'greater' else '<'} {value}"
        moved = f"{field} != was_{field}"
        return moved if operator == "changed" else f"({field} == {value!r} and {moved})"

    engine = simpleeval.SimpleEval()
    parsed = []
    for every, either in rules:
        whole = " and ".join(map(text, every)) + f" and ({' or '.join(map(text, either))})"
        parsed.append((whole, engine.parse(whole)))

    def match(facts: Facts) -> list[int]:
        old = {f"was_{name}": value for name, value in facts["was"].items()}
        engine.names = {**facts, **old}
        return [
            n
            for n, (whole, tree) in enumerate(parsed)
            if engine.eval(whole, previously_parsed=tree)
        ]

    return match


if __name__ == "__main__":
    serve(prepare)
