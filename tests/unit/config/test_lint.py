"""Warnings name what is allowed and hardly meant; they stop no document."""

from typing import Any

import pytest

from guardia.config.validate import validate

STOP: list[Any] = [{"stop": True}]
MAIL = {"email": {"to": "requester", "body": "x"}}
ECHO = {"email": {"to": ["boss@other.example"], "subject": "x", "body": "{{comment.text}}"}}
NEW = {"field": "update", "is": "create"}


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        pytest.param(
            {"templates": [{"id": "t", "body": "x"}]},
            "templates[0].id",
            "used nowhere",
            id="template",
        ),
        pytest.param(
            {"schedules": [{"id": "s", "hours": {"mon": [["09:00", "10:00"]]}}]},
            "schedules[0].id",
            "used nowhere",
            id="schedule",
        ),
        pytest.param(
            {"calendars": [{"id": "c", "dates": []}]},
            "calendars[0].id",
            "used nowhere",
            id="calendar",
        ),
        pytest.param(
            {"desk": {"schedule": "s"}, "schedules": [{"id": "s"}]},
            "schedules[0]",
            "never opens",
            id="closed",
        ),
        pytest.param(
            {
                "desk": {"schedule": "s"},
                "schedules": [
                    {
                        "id": "s",
                        "hours": {"mon": [["09:00", "10:00"]]},
                        "holidays": ["2026-12-31"],
                        "shifts": {"2026-12-31": [["09:00", "10:00"]]},
                    }
                ],
            },
            "schedules[0].shifts.2026-12-31",
            "stays closed",
            id="shift on a holiday",
        ),
        pytest.param(
            {
                "sources": [
                    {"id": one, "secret": "s", "map": {"email": "$.e", "subject": "$.s"}}
                    for one in ("a", "b")
                ]
            },
            "sources[1].secret",
            "shares its secret with the source `a`",
            id="a secret of two sources",
        ),
        pytest.param(
            {
                "webhooks": [{"id": "out", "url": "https://a.example/", "secret": "s"}],
                "sources": [{"id": "s", "map": {"email": "$.e", "subject": "$.s"}}],
            },
            "sources[0].secret",
            "shares its secret with the webhook `out`",
            id="a secret of both directions",
        ),
        pytest.param(
            {"triggers": [{"id": "a", "do": STOP}, {"id": "b", "do": STOP}]},
            "triggers[1]",
            "never reached: `a`",
            id="after a stop",
        ),
        pytest.param(
            {"triggers": [{"id": "a", "do": [MAIL]}]},
            "triggers[0]",
            "on every update",
            id="mail on everything",
        ),
        pytest.param(
            {
                "webhooks": [{"id": "w", "url": "https://a.example/"}],
                "triggers": [{"id": "a", "do": [{"webhook": {"webhook": "w"}}]}],
            },
            "triggers[0]",
            "calls a webhook on every update",
            id="a webhook on everything",
        ),
        pytest.param(
            {"triggers": [{"id": "a", "when": NEW, "do": [ECHO]}]},
            "triggers[0].do[0].email.body",
            "`comment.text` stays empty for people whose address nobody proved",
            id="a stranger's words by mail",
        ),
        pytest.param(
            {
                "triggers": [
                    {
                        "id": "a",
                        "when": NEW,
                        "do": [{"comment": {"text": "{{requester.name}}", "public": True}}],
                    }
                ]
            },
            "triggers[0].do[0].comment.text",
            "`requester.name` stays empty",
            id="a stranger's name in a comment",
        ),
        pytest.param(
            {
                "automations": [
                    {
                        "id": "a",
                        "when": {"field": "hours_since.created", "at_least": "1h"},
                        "do": [
                            {"add_tags": ["told"]},
                            {"email": {"to": "requester", "body": "{{latest_comment.text}}"}},
                        ],
                    }
                ]
            },
            "automations[0].do[1].email.body",
            "`latest_comment.text` stays empty for people whose address nobody proved",
            id="a stranger's words after a while",
        ),
        pytest.param(
            {
                "templates": [{"id": "t", "subject": "Re {{ticket.subject}}", "body": "x"}],
                "sla_policies": [
                    {
                        "id": "p",
                        "targets": [{"metric": "first_reply_time", "within": "1h"}],
                        "escalate": [
                            {"do": [{"notify": {"admins": True, "text": "{{comment.text}}"}}]},
                            {
                                "after": "1h",
                                "do": [{"email": {"to": "requester", "template": "t"}}],
                            },
                        ],
                    }
                ],
            },
            "sla_policies[0].escalate[1].do[0].email.template",
            "`ticket.subject` stays empty for people whose address nobody proved",
            id="a stranger's subject in an escalation",
        ),
        pytest.param(
            {
                "agents": [{"email": "a@b.example", "role": "admin"}],
                "templates": [{"id": "t", "body": "{{digest.tickets}} {{ticket.id}}"}],
                "automations": [
                    {
                        "id": "a",
                        "every": {"at": "09:00"},
                        "do": [{"digest": {"agent": "a@b.example", "template": "t"}}],
                    }
                ],
            },
            "automations[0].do[0].digest.template",
            "`ticket.id` stays empty in a digest",
            id="one ticket in a digest",
        ),
        pytest.param(
            {
                "agents": [{"email": "a@b.example", "role": "admin"}],
                "templates": [{"id": "t", "body": "{{digest.count}}"}],
                "triggers": [
                    {"id": "a", "do": [{"notify": {"agent": "a@b.example", "template": "t"}}]}
                ],
            },
            "triggers[0].do[0].notify.template",
            "`digest.count` stays empty in what is no digest",
            id="a digest of one ticket",
        ),
        pytest.param(
            {
                "triggers": [
                    {
                        "id": "a",
                        "when": {
                            "all": [
                                {"field": "status", "is": "new"},
                                {"field": "status", "is": "open"},
                            ]
                        },
                        "do": STOP,
                    }
                ]
            },
            "triggers[0].when",
            "never matches: `status` cannot be `new` and `open`",
            id="two values at once",
        ),
        pytest.param(
            {"triggers": [{"id": "a", "when": {"any": []}, "do": STOP}]},
            "triggers[0].when.any",
            "never holds",
            id="an empty any",
        ),
        pytest.param(
            {
                "desk": {"locale": "es", "locales": ["es", "en"]},
                "triggers": [{"id": "a", "do": [{"comment": {"text": "hola"}}]}],
            },
            "triggers[0].do[0].comment.text",
            "not written in `en`",
            id="a language that is missing",
        ),
        pytest.param(
            {"agents": [{"email": "a@b.example"}]},
            "agents",
            "no agent is an `admin`",
            id="no admin",
        ),
        pytest.param(
            {
                "agents": [
                    {
                        "email": "a@b.example",
                        "role": "admin",
                        "phone": "+34600111000",
                        "means": ["sms"],
                    }
                ]
            },
            "agents[0].means",
            "`sms` is not built",
            id="sms",
        ),
        pytest.param(
            {"groups": [{"id": "g"}]}, "groups[0].id", "nobody is in", id="an empty group"
        ),
        pytest.param(
            {"organizations": [{"id": "o", "domains": ["gmail.com"]}]},
            "organizations[0].domains[0]",
            "anybody can have an address",
            id="everybody's domain",
        ),
    ],
)
def test_what_is_hardly_meant_is_told_and_passes(
    document: dict[str, Any], path: str, words: str
) -> None:
    report = validate(document)

    assert report.ok
    assert report.document is not None
    assert [(one.path, words in one.message) for one in report.warnings] == [(path, True)]


@pytest.mark.parametrize(
    "trigger",
    [
        {"when": {"field": "update", "is": "create"}, "do": [MAIL]},
        {"when": {"field": "status", "changed_to": "solved"}, "do": [MAIL]},
        {
            "when": {
                "all": [
                    {"field": "status", "is": ["new", "open"]},
                    {"field": "status", "is": "open"},
                ]
            },
            "do": STOP,
        },
        {
            "when": {
                "all": [{"field": "actor", "is": "agent"}, {"field": "actor", "is": "a@b.example"}]
            },
            "do": STOP,
        },
        {
            "when": {"any": [{"field": "status", "is": "new"}, {"field": "status", "is": "open"}]},
            "do": STOP,
        },
        {"do": [{"comment": {"text": {"en": "{{ticket.url}}"}}}]},
        {"when": {"all": [NEW, {"field": "actor", "is": "agent"}]}, "do": [ECHO]},
        {"when": {"field": "update", "is": "change"}, "do": [ECHO]},
        {"when": NEW, "do": [{"notify": {"admins": True, "text": "{{comment.text}}"}}]},
        {
            "when": NEW,
            "do": [
                {
                    "email": {
                        "to": "requester",
                        "body": '{{requester.name | default:"friend"}} {{requester.language}}',
                    }
                }
            ],
        },
    ],
)
def test_sensible_rules_are_left_alone(trigger: dict[str, Any]) -> None:
    assert validate({"triggers": [{"id": "a", **trigger}]}).warnings == ()
