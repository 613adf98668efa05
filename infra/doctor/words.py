"""What AWS asks before it lets an account send to everybody, written down for one desk."""

from typing import Final

_REQUEST: Final = """\
Mail type: transactional.
Website: https://{domain}

We run a customer support desk at {domain}. We write only to people who wrote to us, or whose
case one of our agents opened:
- an acknowledgement of their message, with the time at which we will answer;
- our agents' answers;
- at most a reminder while a question of ours is open.

No marketing, no lists, no bought addresses. Expected volume: about {volume} mails a day, within
the limits that our software keeps by itself (three automatic mails to one address in ten minutes,
twenty a day; {unverified} a day to people whose address is not proved).

Bounces and complaints: our configuration set publishes both; an address that bounces for good or
complains gets no automatic mail from that moment on, and an agent is told. Mail of machines
(Auto-Submitted, lists, bounces) is recognised and not answered, so that no loop can begin. The
account's suppression list is on for bounces and complaints.

How people stop our mail: they answer or close their case; complaints stop it at once.
"""


def request(domain: str, *, volume: int, unverified: int) -> str:
    """The words to ask for production access with."""
    return _REQUEST.format(domain=domain, volume=volume, unverified=unverified)
