"""CloudFormation's intrinsic functions, as far as a template of one stack needs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import ruamel.yaml
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode


class TemplateError(Exception):
    """The template cannot be run. The message names the resource and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an intrinsic function: `name` as in the long form without `Fn::`."""

    name: str
    argument: Any


NOTHING: Final = object()
"""What `AWS::NoValue` resolves to: the property is left out."""

_SUB_START: Final = "${"

# The functions of nothing but their resolved argument.
_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Join": lambda given: str(given[0]).join(str(one) for one in given[1]),
    "Select": lambda given: given[1][int(given[0])],
    "Split": lambda given: str(given[1]).split(str(given[0])),
    "Equals": lambda given: str(given[0]) == str(given[1]),
    "Not": lambda given: not given[0],
    "And": all,
    "Or": any,
}


def read(text: str) -> Mapping[str, Any]:
    """Parse a template; short forms (`!Ref x`) and long ones (`{Ref: x}`) become `Call`s.

    Raises:
        TemplateError: it is not YAML, or not a mapping.
    """
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    yaml.constructor.add_multi_constructor("!", _short_form)
    try:
        document = yaml.load(text)
    except YAMLError as error:
        raise TemplateError(f"the template is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError("the template is not a mapping")
    return {str(key): _long_form(value) for key, value in document.items()}


def _short_form(constructor: Any, suffix: str, node: Any) -> Call:
    if isinstance(node, ScalarNode):
        value: Any = constructor.construct_scalar(node)
    elif isinstance(node, SequenceNode):
        value = constructor.construct_sequence(node, deep=True)
    elif isinstance(node, MappingNode):
        value = constructor.construct_mapping(node, deep=True)
    else:
        raise TemplateError(f"!{suffix} cannot stand here")
    return Call(suffix, value)


def _long_form(value: Any) -> Any:
    if isinstance(value, Call):
        return Call(value.name, _long_form(value.argument))
    if isinstance(value, list):
        return [_long_form(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        key = next(iter(value))
        if key in {"Ref", "Condition"} and isinstance(value[key], str):
            return Call(key, value[key])
        if isinstance(key, str) and key.startswith("Fn::"):
            return Call(key.removeprefix("Fn::"), _long_form(value[key]))
    return {key: _long_form(one) for key, one in value.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What intrinsic functions look up: `names` answers Ref, `attributes` GetAtt
    (`Resource.Attribute`), both raising TemplateError for what is not there."""

    names: Callable[[str], Any]
    attributes: Callable[[str], Any]
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any]

    def resolve(self, value: Any) -> Any:
        """Return the value with every intrinsic function in it answered.

        Raises:
            TemplateError: something it names is not there, or the function is not known here.
        """
        if isinstance(value, Call):
            return self._call(value)
        if isinstance(value, dict):
            pairs = ((key, self.resolve(one)) for key, one in value.items())
            return {key: one for key, one in pairs if one is not NOTHING}
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not NOTHING]
        return value

    def holds(self, name: str) -> bool:
        """Whether a named condition of the template is true."""
        if name not in self.conditions:
            raise TemplateError(f"no condition {name} in the template")
        return bool(self.resolve(self.conditions[name]))

    def _call(self, call: Call) -> Any:
        argument = call.argument
        match call.name:
            case "Ref":
                return self.names(str(argument))
            case "GetAtt":
                parts = argument if isinstance(argument, list) else [argument]
                return self.attributes(".".join(str(self.resolve(one)) for one in parts))
            case "Sub":
                return self._substitute(argument)
            case "If":
                condition, yes, no = argument
                return self.resolve(yes if self.holds(condition) else no)
            case "Condition":
                return self.holds(str(argument))
            case "FindInMap":
                return self._look_up(*(str(self.resolve(one)) for one in argument))
            case name if name in _PLAIN:
                return _PLAIN[name](self.resolve(argument))
            case _:
                raise TemplateError(f"Fn::{call.name} is not understood by the local runtime")

    def _look_up(self, table: str, first: str, second: str) -> Any:
        try:
            return self.resolve(self.mappings[table][first][second])
        except KeyError as error:
            raise TemplateError(f"the mapping {table} has no {first} / {second}") from error

    def _substitute(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        found: list[str] = []
        rest = str(text)
        while _SUB_START in rest:
            before, _, rest = rest.partition(_SUB_START)
            name, _, rest = rest.partition("}")
            found.append(before)
            if name.startswith("!"):
                found.append(f"{_SUB_START}{name[1:]}}}")
            elif name in own:
                found.append(str(self.resolve(own[name])))
            elif "." in name:
                found.append(str(self.attributes(name)))
            else:
                found.append(str(self.names(name)))
        return "".join([*found, rest])
