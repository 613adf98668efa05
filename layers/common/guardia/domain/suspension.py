"""Why a message was set aside: a word for programs, a sentence for people.

The words are those of Zendesk's causes of suspension where it has one.
"""

from collections.abc import Mapping
from typing import Final

FLOOD: Final = "flood"
BLANK: Final = "blank"
UNKNOWN_AUTHOR: Final = "unknown_author"

EXPLANATIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "spam": {
        "es": "El servidor de correo lo tomó por correo no deseado.",
        "en": "The mail server took it for spam.",
    },
    "malware_detected": {
        "es": "El servidor de correo encontró un virus; sus archivos no se recuperan.",
        "en": "The mail server found a virus in it; its files are not recovered.",
    },
    "failed_email_authentication": {
        "es": "No viene de quien dice: DMARC falló, y el dominio pide no aceptarlo.",
        "en": "It is not from whom it says: DMARC failed, and the domain asks not to take it.",
    },
    "loop": {
        "es": "Es correo de este mismo servicio que ha vuelto.",
        "en": "It is mail of this very desk that came back.",
    },
    "from_support_address": {
        "es": "Dice venir de una dirección de este servicio.",
        "en": "It says to come from an address of this desk.",
    },
    "null_return_path": {
        "es": "Es un aviso de entrega de algo que no se reconoce como enviado desde aquí.",
        "en": "It is a delivery notice about something that is not known to have been sent here.",
    },
    "delivery_report": {
        "es": "Es un informe de entrega de algo que no se reconoce como enviado desde aquí.",
        "en": "It is a delivery report about something that is not known to have been sent here.",
    },
    "mail_system": {
        "es": "Lo escribió un servidor de correo.",
        "en": "A mail server wrote it.",
    },
    "auto_vacation": {
        "es": "Es la respuesta automática de una ausencia, y no pertenece a ningún ticket.",
        "en": "It is the automatic answer of somebody who is away, and belongs to no ticket.",
    },
    "auto_mailer": {
        "es": "Lo envió un programa, y no pertenece a ningún ticket.",
        "en": "A program sent it, and it belongs to no ticket.",
    },
    BLANK: {
        "es": "Está vacío: ni asunto, ni texto, ni archivos.",
        "en": "It is empty: no subject, no text, no files.",
    },
    UNKNOWN_AUTHOR: {
        "es": "No dice de quién es; nadie podría recibir la respuesta.",
        "en": "It does not say whom it is from; nobody could be answered.",
    },
    FLOOD: {
        "es": "Este remitente envió demasiados mensajes en una hora.",
        "en": "This sender sent too many messages within an hour.",
    },
}
_OTHER: Final = {"es": "Se apartó por una regla.", "en": "It was set aside by a rule."}


def explanation(reason: str, language: str) -> str:
    """Say in a language (Spanish, else English) why a message was set aside."""
    found = EXPLANATIONS.get(reason, _OTHER)
    return found.get(language, found["en"])
