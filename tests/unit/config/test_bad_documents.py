"""What is wrong is told with file and line, in words that say what to do."""

from pathlib import Path

import pytest
from guardia.config.validate import validate

TRIGGER = "triggers:\n  - id: a\n    do: [{stop: true}]\n"


def _when(condition: str) -> str:
    return f"triggers:\n  - id: a\n    do: [{{stop: true}}]\n    when:\n      {condition}\n"


def _do(action: str) -> str:
    return f"triggers:\n  - id: a\n    do:\n      - {action}\n"


def _schedule(line: str) -> str:
    return f"schedules:\n  - id: a\n    {line}\n"


def _template(body: str) -> str:
    return f'templates:\n  - id: a\n    body: "{body}"\n'


SYNTAX = [
    pytest.param("desk: [a\n", 2, "invalid YAML", id="an open bracket"),
    pytest.param("desk:\n  name: A: B\n", 2, "mapping values are not allowed here", id="two colons"),
    pytest.param("desk:\n\tname: A\n", 2, "cannot start any token", id="a tab"),
    pytest.param("desk:\n  name: 'A\n", 3, "unexpected end of stream", id="an open quote"),
    pytest.param("desk:\n  name: *a\n", 2, "`*a` has no anchor", id="an alias to nothing"),
    pytest.param("desk:\n  name: !!binary aGk=\n", 2, "the tag", id="a tag"),
    pytest.param("desk: {}\n---\ndesk: {}\n", 2, "one document", id="two documents in a file"),
    pytest.param("desk:\n  name: A\n  name: B\n", 3, "`name` is given twice", id="a key twice"),
    pytest.param("desk: {}\ngroups: []\ndesk: {}\n", 3, "`desk` is given twice", id="a section twice"),
    pytest.param("desk:\n  ? [a]\n  : b\n", 2, "a key must be a word", id="a list as key"),
    pytest.param('desk:\n  name: "\\ud800"\n', 2, "surrogate", id="half a character"),
    pytest.param("desk:\n  name: a\x07b\n", 2, "control character", id="a control character"),
    pytest.param("x: " + "[" * 60 + "]" * 60, 1, "more than 40 levels", id="nested too deeply"),
    pytest.param("- desk\n", 1, "mapping of sections", id="a list instead of sections"),
    pytest.param("Hello\n", 1, "mapping of sections", id="a word instead of sections"),
]

SHAPE = [
    pytest.param("desk:\n  nmae: A\n", 2, "unknown key `nmae`; did you mean `name`?", id="a misspelt key"),
    pytest.param("desk:\n  zzz: A\n", 2, "there are `name`, `locale`", id="a key unlike any"),
    pytest.param("desk: {}\ntriggrs: []\n", 2, "did you mean `triggers`?", id="a misspelt section"),
    pytest.param("desk: [a]\n", 1, "`desk` must be a mapping", id="a list as desk"),
    pytest.param("desk: {}\ngroups: {a: b}\n", 2, "`groups` must be a list", id="a mapping as section"),
    pytest.param("groups:\n  - tecnicos\n", 2, "an item of `groups` must be a mapping", id="a word as item"),
    pytest.param("groups:\n  - name: A\n", 2, "`id` is missing", id="no id"),
    pytest.param("groups:\n  - id: Técnicos\n", 2, "is no id", id="an id with capitals and accents"),
    pytest.param("groups:\n  - id: none\n", 2, "`none` means nothing", id="none as id"),
    pytest.param("groups:\n  - id: 12\n", 2, "put it in quotes", id="a number as id"),
    pytest.param("desk:\n  addresses: a@b.example\n", 2, "`addresses` must be a list", id="no list"),
    pytest.param("desk:\n  addresses: [acme]\n", 2, "no email address", id="no address"),
    pytest.param("desk:\n  assign_on_reply: yes\n", 2, "must be `true` or `false`", id="yes is a word"),
    pytest.param("desk:\n  assign_on_reply: on\n", 2, "must be `true` or `false`", id="on is a word"),
    pytest.param("desk:\n  timezone: Europe/Madird\n", 2, "did you mean `Europe/Madrid`?", id="a zone"),
    pytest.param("desk:\n  locale: spanish\n", 2, "is no language", id="no language"),
    pytest.param("desk:\n  conversation_window: 24\n", 2, "is no duration", id="a bare number as duration"),
    pytest.param("desk:\n  conversation_window: 1x\n", 2, "is no duration", id="no duration"),
    pytest.param("desk:\n  url: acme\n", 2, "is no web address", id="no web address"),
    pytest.param("agents:\n  - {email: a@b.example, role: boss}\n", 2, "must be `admin`, `agent` or `light`", id="a role"),
    pytest.param("agents:\n  - {email: a@b.example, capacity: -1}\n", 2, "greater than or equal to 0", id="a capacity below zero"),
    pytest.param("agents:\n  - {email: a@b.example, capacity: many}\n", 2, "whole number", id="a capacity in words"),
    pytest.param("agents:\n  - {email: a@b.example, phone: 600111000}\n", 2, "put it in quotes", id="a phone number without quotes"),
    pytest.param('agents:\n  - {email: a@b.example, phone: "600"}\n', 2, "no phone number", id="a phone number without country"),
    pytest.param("agents:\n  - {email: a@b.example, means: [pigeon]}\n", 2, "must be `email` or `sms`", id="unknown means"),
    pytest.param("agents:\n  - {email: a@b.example, means: [sms]}\n", 2, "needs a `phone`", id="sms without phone"),
    pytest.param("fields:\n  - {id: a, type: word}\n", 2, "must be `text`", id="an unknown type"),
    pytest.param("fields:\n  - {id: a, type: dropdown}\n", 2, "needs `options`", id="a dropdown without options"),
    pytest.param("fields:\n  - {id: a, options: [b]}\n", 2, "`options` go with", id="a text with options"),
    pytest.param("fields:\n  - {id: a, type: dropdown, options: [b, b]}\n", 2, "`b` stands twice", id="an option twice"),
    pytest.param("fields:\n  - {id: a, type: regexp}\n", 2, "needs its `pattern`", id="a regexp without pattern"),
    pytest.param('fields:\n  - {id: a, type: regexp, pattern: "(a"}\n', 2, "RE2 cannot read", id="a broken pattern"),
    pytest.param("fields:\n  - {id: a, pattern: b}\n", 2, "goes with the type `regexp`", id="a text with pattern"),
    pytest.param("fields:\n  - {id: email}\n", 2, "every form has `email`", id="a field named like a form's own"),
    pytest.param("fields:\n  - {id: a, title: {spanish: A}}\n", 2, "is no language", id="a text in no language"),
    pytest.param("fields:\n  - {id: a, title: {}}\n", 2, "at least one", id="a text in no language at all"),
    pytest.param("organizations:\n  - {id: a, domains: [acme]}\n", 2, "no domain", id="no domain"),
    pytest.param("organizations:\n  - {id: a, tags: [two words]}\n", 2, "no tag", id="a tag of two words"),
    pytest.param("organizations:\n  - {id: a, fields: {b: [c]}}\n", 2, "must be a text, a number", id="a list as known value"),
    pytest.param("forms:\n  - {id: a, origins: [https://a.example/x]}\n", 2, "no origin", id="an origin with a path"),
    pytest.param("forms:\n  - {id: a, fields: [{id: message}]}\n", 2, "needs the field `email`", id="a form without email"),
    pytest.param("forms:\n  - {id: a, fields: [{id: email}, {id: email}]}\n", 2, "stands twice", id="a form's field twice"),
    pytest.param("templates:\n  - id: a\n", 2, "`body` is missing", id="a template without body"),
    pytest.param("templates:\n  - {id: a, body: 12}\n", 2, "put it in quotes", id="a number as text"),
    pytest.param('templates:\n  - {id: a, subject: "a\\nb", body: c}\n', 2, "one line", id="a subject of two lines"),
    pytest.param("automations:\n  - id: a\n", 1, "the section `automations` is not built in this version of Guardia", id="automations"),
    pytest.param("desk: {}\nsla_policies: [{id: a}]\n", 2, "`sla_policies` is not built", id="service levels"),
    pytest.param("desk: {}\nworkflows: x\n", 2, "`workflows` is not built", id="workflows"),
]

SCHEDULES = [
    pytest.param(_schedule('hours: {mon: [["09:00", "14:00"], ["13:00", "15:00"]]}'), 3, "overlaps", id="overlapping intervals"),
    pytest.param(_schedule('hours: {mon: [["09:00", "09:00"]]}'), 3, "empty", id="an empty interval"),
    pytest.param(_schedule('hours: {mon: "09:00-14:00"}'), 3, "pairs of start and end", id="times without pairs"),
    pytest.param(_schedule('hours: {mon: [[9, "14:00"]]}'), 3, "is not a time", id="numbers as times"),
    pytest.param(_schedule('hours: {mon: [["09:00", "25:00"]]}'), 3, "is not a time", id="an impossible time"),
    pytest.param(_schedule('hours: {lunes: [["09:00", "14:00"]]}'), 3, "unknown weekday `lunes`", id="a weekday in Spanish"),
    pytest.param(_schedule("holidays: [2026-02-30]"), 3, "2026-02-30", id="an impossible date"),
    pytest.param(_schedule("holidays: [Christmas]"), 3, "is not a date", id="no date"),
    pytest.param(_schedule("holidays: [{from: 2026-12-25, to: 2026-12-24}]"), 3, "before it starts", id="a range backwards"),
    pytest.param(_schedule("holidays: [{from: 2026-12-25}]"), 3, "`to` is missing", id="half a range"),
    pytest.param(_schedule('breaks: {2026-13-01: [["09:00", "10:00"]]}'), 3, "2026-13-01", id="an impossible month"),
    pytest.param(_schedule("timezone: Mars/Olympus"), 3, "time zone", id="a schedule's zone"),
    pytest.param(_schedule("shfts: {}"), 3, "did you mean `shifts`?", id="a schedule's misspelt key"),
    pytest.param(_schedule("calendars: [x]"), 3, "no calendar `x`", id="an unknown calendar"),
    pytest.param("schedules:\n  - hours: {}\n", 2, "`id` is missing", id="a schedule without id"),
    pytest.param("calendars:\n  - id: a\n", 2, "needs `dates`, or an `ics` file", id="a calendar without dates"),
    pytest.param("calendars:\n  - {id: a, dates: [2026-02-29]}\n", 2, "2026-02-29", id="a calendar's impossible date"),
    pytest.param("calendars:\n  - {id: a, ics: no.ics}\n", 2, "No such file", id="no such .ics file"),
    pytest.param("calendars:\n  - {id: a, ics: ../x.ics}\n", 2, "outside the desk's folder", id="an .ics file elsewhere"),
    pytest.param("calendars:\n  - {id: a, ics: /etc/passwd}\n", 2, "outside the desk's folder", id="an absolute .ics file"),
    pytest.param("calendars:\n  - {id: a, ics: desk.yaml}\n", 2, "not an iCalendar file", id="no iCalendar file"),
]  # fmt: skip

REFERENCES = [
    pytest.param("desk:\n  schedule: oficina\n", 2, "there is no schedule `oficina`", id="desk's schedule"),
    pytest.param("schedules: [{id: oficina}]\ndesk:\n  schedule: ofcina\n", 3, "did you mean `oficina`?", id="a near schedule"),
    pytest.param("groups:\n  - {id: a, schedule: b}\n", 2, "no schedule `b`", id="group's schedule"),
    pytest.param("groups:\n  - {id: a, department: b}\n", 2, "no department `b`", id="group's department"),
    pytest.param("departments:\n  - {id: a, group: b}\n", 2, "no group `b`", id="department's group"),
    pytest.param("departments:\n  - {id: a, schedule: b}\n", 2, "no schedule `b`", id="department's schedule"),
    pytest.param("agents:\n  - {email: a@b.example, groups: [c]}\n", 2, "no group `c`", id="agent's group"),
    pytest.param("forms:\n  - {id: a, department: b}\n", 2, "no department `b`", id="form's department"),
    pytest.param("forms:\n  - id: a\n    fields:\n      - id: email\n      - id: b\n", 5, "no field `b`", id="form's field"),
    pytest.param("groups:\n  - id: a\n  - id: a\n", 3, "`a` stands twice", id="an id twice"),
    pytest.param("agents:\n  - email: a@b.example\n  - email: A@b.example\n", 3, "stands twice", id="an agent twice"),
    pytest.param("desk: {addresses: [a@b.example]}\nagents:\n  - email: a@b.example\n", 3, "an address of the desk", id="an agent at the desk's address"),
    pytest.param("departments:\n  - {id: a, addresses: [a@b.example]}\n  - {id: b, addresses: [A@b.example]}\n", 3, "belongs to the department `a`", id="an address of two departments"),
    pytest.param("organizations:\n  - {id: a, domains: [b.example]}\n  - {id: b, domains: [B.example]}\n", 3, "belongs to the organization `a`", id="a domain of two organisations"),
    pytest.param(_template("{{ticket.idd}}"), 3, "did you mean `ticket.id`?", id="a misspelt placeholder"),
    pytest.param(_template("{{fields.a}}"), 3, "no field `a`", id="a placeholder's field"),
    pytest.param(_template("{{ticket.id | shout}}"), 3, "unknown filter `shout`", id="an unknown filter"),
    pytest.param(_template("{{ticket.id"), 3, "not closed", id="an open placeholder"),
    pytest.param(_template("{{satisfaction.link}}"), 3, "not built", id="a placeholder not built"),
    pytest.param("templates:\n  - id: a\n    body: |\n      one\n      two {{x.y}}\n", 5, "`x.y`", id="a placeholder deep in a text"),
    pytest.param("templates:\n  - id: a\n    body:\n      es: hola\n      en: '{{x.y}}'\n", 5, "`x.y`", id="a placeholder in one language"),
]  # fmt: skip

CONDITIONS = [
    pytest.param(_when("{field: statsu, is: open}"), 5, "did you mean `status`?", id="a misspelt field"),
    pytest.param(_when("{field: fields.a, is: b}"), 5, "no field `a`", id="an unknown field of the desk"),
    pytest.param(_when("{field: sla.first_reply_time.state, is: active}"), 5, "not built", id="service levels"),
    pytest.param(_when("{field: satisfaction, is: good}"), 5, "not built", id="satisfaction"),
    pytest.param(_when("{field: [status], is: open}"), 5, "name of a field", id="a list as field"),
    pytest.param(_when("{field: status, si: open}"), 5, "unknown operator `si`; did you mean `is`?", id="a misspelt operator"),
    pytest.param(_when("{field: status}"), 5, "compared with nothing", id="no operator"),
    pytest.param(_when("{field: status, is: open, is_not: new}"), 5, "asks one thing", id="two operators"),
    pytest.param(_when("{field: tags, is: vip}"), 5, "does not answer `is`", id="an operator of other fields"),
    pytest.param(_when("{field: status, is: opne}"), 5, "did you mean `open`?", id="a misspelt status"),
    pytest.param(_when("{field: status, is: none}"), 5, "is none of", id="no status"),
    pytest.param(_when("{field: status, less_than: [open, solved]}"), 5, "takes one value", id="an order with a list"),
    pytest.param(_when("{field: status, is: []}"), 5, "an empty list", id="an empty list"),
    pytest.param(_when("{field: status, is: }"), 5, "`none` for an empty value", id="nothing to compare with"),
    pytest.param(_when("{field: status, is: {a: b}}"), 5, "write one value", id="a mapping to compare with"),
    pytest.param(_when("{field: status, changed: false}"), 5, "write `changed: true`", id="changed false"),
    pytest.param(_when("{field: group, is: a}"), 5, "there is no group `a`", id="an unknown group"),
    pytest.param(_when("{field: assignee, is: a@b.example}"), 5, "there is no agent", id="an unknown agent"),
    pytest.param(_when("{field: channel, is: chat}"), 5, "not built", id="an unknown channel"),
    pytest.param(_when("{field: within_schedule, is: a}"), 5, "there is no schedule `a`", id="an unknown schedule"),
    pytest.param(_when("{field: actor, is: robot}"), 5, "is none of `end_user`", id="an unknown actor"),
    pytest.param(_when("{field: update, is: sla_breach}"), 5, "not built", id="an update not built"),
    pytest.param(_when("{field: in_business_hours, is: maybe}"), 5, "`true`, `false`", id="neither true nor false"),
    pytest.param(_when("{field: replies, at_least: many}"), 5, "no number", id="a number in words"),
    pytest.param(_when("{field: replies, at_least: none}"), 5, "before or after `none`", id="an order with none"),
    pytest.param(_when("{field: hours_since.created, at_least: 3}"), 5, "no duration", id="a bare number as duration in a condition"),
    pytest.param(_when("{field: hours_since.created, at_least: 3h, hours: open}"), 5, "`calendar` or `business`", id="unknown hours"),
    pytest.param(_when("{field: hours_since.created, at_least: 3h, schedule: a}"), 5, "no schedule `a`", id="a duration's schedule"),
    pytest.param(_when("{field: status, is: open, hours: business}"), 5, "is no duration", id="hours of no duration"),
    pytest.param(_when("{field: tags, includes: two words}"), 5, "go into a list", id="two tags as one"),
    pytest.param(_when('{field: subject, matches: "(a"}'), 5, "RE2 cannot read", id="a broken search"),
    pytest.param(_when('{field: subject, matches: "(?=a)"}'), 5, "RE2 cannot read", id="a search RE2 has not"),
    pytest.param(_when('{field: subject, matches: "' + "a" * 501 + '"}'), 5, "longer than 500", id="a long search"),
    pytest.param(_when('{field: subject, includes_words: ""}'), 5, "found everywhere", id="an empty word"),
    pytest.param(_when("[{field: status, is: open}]"), 5, "under `all:` or `any:`", id="a list without all"),
    pytest.param(_when("open"), 5, "must be a condition", id="a word as condition"),
    pytest.param(_when("{and: []}"), 5, "unknown key `and`", id="an unknown branch"),
    pytest.param(_when("{all: {field: status, is: open}}"), 5, "takes a list", id="a branch without list"),
    pytest.param(_when("{all: [" * 12 + "]}" * 12), 5, "more than 10 levels", id="conditions nested too deeply"),
    pytest.param("triggers:\n  - id: a\n    when:\n    do: [{stop: true}]\n", 3, "`when` is empty", id="an empty when"),
    pytest.param("triggers:\n  - id: a\n    whne: {}\n    do: [{stop: true}]\n", 3, "did you mean `when`?", id="a misspelt when"),
]  # fmt: skip

ACTIONS = [
    pytest.param("triggers:\n  - id: a\n", 2, "`do` is missing", id="no actions"),
    pytest.param("triggers:\n  - id: a\n    do: []\n", 3, "does nothing", id="an empty list of actions"),
    pytest.param("triggers:\n  - id: a\n    do: {stop: true}\n", 3, "`do` must be a list", id="actions without list"),
    pytest.param(_do("emial: {to: requester}"), 4, "did you mean `email`?", id="a misspelt action"),
    pytest.param(_do("{}"), 4, "an empty action", id="an empty action"),
    pytest.param(_do("{stop: true, add_tags: [a]}"), 4, "exactly one key", id="two actions in one"),
    pytest.param(_do("message: {text: a}"), 4, "`message` is not built in this version of Guardia", id="message"),
    pytest.param(_do("webhook: {webhook: a}"), 4, "`webhook` is not built", id="webhook"),
    pytest.param(_do("start_workflow: a"), 4, "`start_workflow` is not built", id="start_workflow"),
    pytest.param(_do("create_task: {subject: a}"), 4, "`create_task` is not built", id="create_task"),
    pytest.param(_do("notify: {rotation: a}"), 4, "`rotation` is not built", id="notify a rotation"),
    pytest.param(_do("assign: {rotation: a}"), 4, "`rotation` is not built", id="assign to a rotation"),
    pytest.param(_do("assign: {group: a, strategy: round_robin}"), 4, "`strategy` is not built", id="assign by strategy"),
    pytest.param(_do("email:"), 4, "what `email` is to do is missing", id="an action without body"),
    pytest.param(_do("email: {template: a}"), 4, "`to` is missing", id="mail to nobody"),
    pytest.param(_do("email: {to: [], body: a}"), 4, "at least one recipient", id="mail to an empty list"),
    pytest.param(_do("email: {to: boss, body: a}"), 4, "must be one of `requester`", id="mail to an unknown word"),
    pytest.param(_do("email: {to: requester}"), 4, "what is to be mailed is missing", id="mail without words"),
    pytest.param(_do("email: {to: requester, template: a}"), 4, "no template `a`", id="mail's template"),
    pytest.param(_do("email: {to: requester, template: a, body: b}"), 4, "exclude each other", id="template and body"),
    pytest.param(_do("email: {to: requester, body: '{{x.y}}'}"), 4, "`x.y`", id="mail's placeholder"),
    pytest.param("desk: {addresses: [a@b.example]}\n" + _do("email: {to: A@b.example, body: a}"), 5, "write to itself", id="mail to the desk"),
    pytest.param(_do("notify: {text: a}"), 4, "name one of `agent`", id="notify nobody"),
    pytest.param(_do("notify: {assignee: true, admins: true}"), 4, "name one of", id="notify two"),
    pytest.param(_do("notify: {agent: a@b.example}"), 4, "no agent `a@b.example`", id="notify an unknown agent"),
    pytest.param(_do("notify: {group: a}"), 4, "no group `a`", id="notify an unknown group"),
    pytest.param(_do("notify: {assignee: true, template: a}"), 4, "no template `a`", id="notice's template"),
    pytest.param(_do("notify: {assignee: true, hold: tomorrow}"), 4, "`hold` must be `until_hours`", id="an unknown hold"),
    pytest.param(_do("comment: {text: ''}"), 4, "an empty comment", id="an empty comment"),
    pytest.param(_do("comment: {text: a, by: a@b.example}"), 4, "no agent", id="a comment's author"),
    pytest.param(_do("assign: {}"), 4, "name an `agent` or a `group`", id="assign to nobody"),
    pytest.param(_do("assign: {group: a}"), 4, "no group `a`", id="assign to an unknown group"),
    pytest.param("agents: [{email: a@b.example, role: light}]\n" + _do("assign: {agent: a@b.example}"), 5, "light agents cannot own", id="assign to a light agent"),
    pytest.param("groups: [{id: g}]\nagents: [{email: a@b.example}]\n" + _do("assign: {agent: a@b.example, group: g}"), 6, "not in the group `g`", id="assign outside the group"),
    pytest.param(_do("set: {}"), 4, "nothing to set", id="set nothing"),
    pytest.param(_do("set: {statsu: open}"), 4, "did you mean `status`?", id="set a misspelt field"),
    pytest.param(_do("set: {requester: a@b.example}"), 4, "a rule cannot set `requester`", id="set the requester"),
    pytest.param(_do("set: {status: shut}"), 4, "is none of", id="set an unknown status"),
    pytest.param(_do("set: {status: none}"), 4, "is none of", id="empty the status"),
    pytest.param(_do("set: {priority: }"), 4, "is missing; `none` empties", id="set to nothing"),
    pytest.param(_do("set: {group: a}"), 4, "no group `a`", id="set an unknown group"),
    pytest.param(_do("set: {assignee: a@b.example}"), 4, "no agent", id="set an unknown assignee"),
    pytest.param(_do("set: {fields.a: b}"), 4, "no field `a`", id="set an unknown field"),
    pytest.param("fields: [{id: n, type: number}]\n" + _do("set: {fields.n: few}"), 5, "must be a number", id="set a number to a word"),
    pytest.param("fields: [{id: d, type: date}]\n" + _do("set: {fields.d: soon}"), 5, "is no date", id="set a date to a word"),
    pytest.param("fields: [{id: c, type: checkbox}]\n" + _do("set: {fields.c: yes}"), 5, "must be `true` or `false`", id="set a checkbox to a word"),
    pytest.param("fields: [{id: o, type: dropdown, options: [a]}]\n" + _do("set: {fields.o: b}"), 5, "is none of `a`", id="set an unknown option"),
    pytest.param(_do("set: {subject: '{{ticket.id}}'}"), 4, "not filled in here", id="a placeholder where none is"),
    pytest.param(_do("add_tags: vip"), 4, "`add_tags` must be a list", id="a tag without list"),
    pytest.param(_do("add_tags: []"), 4, "at least one tag", id="no tags"),
    pytest.param(_do("add_tags: [a b]"), 4, "no tag", id="a tag with a space"),
    pytest.param(_do("set_schedule: a"), 4, "no schedule `a`", id="an unknown schedule to go by"),
    pytest.param(_do("stop: false"), 4, "`stop` must be `true`", id="stop false"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "words"), [*SYNTAX, *SHAPE, *SCHEDULES, *REFERENCES, *CONDITIONS, *ACTIONS]
)
def test_a_mistake_is_told_with_its_line_and_alone(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(text, encoding="utf-8")

    report = validate(file)

    assert not report.ok
    assert report.document is None
    assert [str(one).partition(": ")[0] for one in report.errors] == [f"{file}:{line}"]
    assert words in report.errors[0].message
    assert report.errors[0].column >= 1


def test_every_mistake_of_a_document_is_told_in_one_run(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(
        "desk:\n  nmae: A\n  schedule: x\ntriggers:\n  - id: a\n    whne: {}\n"
        "    do: [{emial: {}}, {set_schedule: y}]\n",
        encoding="utf-8",
    )

    report = validate(file)

    assert [(one.line, one.column) for one in report.errors] == [(2, 3), (6, 5), (7, 11), (7, 37)]


def test_a_document_given_as_values_names_the_path_instead_of_a_line() -> None:
    report = validate({"triggers": [{"id": "a", "do": [{"set_schedule": "x"}]}]})

    assert [str(one) for one in report.errors] == [
        "triggers[0].do[0].set_schedule: there is no schedule `x`: the document lists no schedules"
    ]
