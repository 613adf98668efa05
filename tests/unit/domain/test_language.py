"""Short support mails, written for this test and not looked at when the word lists were made."""

import pytest

from guardia.domain.language import detect

SPANISH = (
    "No me llega el correo de confirmación",
    "Hola, llevo dos días sin acceso a mi cuenta",
    "¿Podrían decirme cuándo sale mi pedido?",
    "La impresora de recepción vuelve a atascarse",
    "Buenas tardes, quisiera cambiar la dirección de entrega",
    "Se ha caído la página y no carga nada",
    "Me habéis cobrado dos veces la misma factura",
    "Necesito restablecer la contraseña cuanto antes",
    "El ordenador no arranca desde esta mañana",
    "Muchas gracias por la rapidez, todo perfecto",
    "Adjunto la captura de pantalla que me pidieron",
    "No consigo conectarme a la VPN desde casa",
    "Perdón por insistir, ¿hay novedades?",
    "Quiero darme de baja de la suscripción",
    "El producto ha llegado roto, ¿qué hago?",
    "Sigue sin funcionar después de reiniciar",
    "¿A qué hora abren mañana la tienda?",
    "Por favor, envíenme el manual en español",
    "Mi compañero tampoco puede entrar al sistema",
    "Hemos recibido un paquete que no es nuestro",
    "El enlace que me mandaron está caducado",
    "¿Cuánto tarda en hacerse efectiva la devolución?",
    "Ya he probado con otro cable y nada",
    "Solicito presupuesto para veinte licencias",
    "La aplicación se cierra sola al abrirla",
    "Me sale un error al pagar con tarjeta",
    "Os paso los datos que faltaban",
    "Estoy esperando respuesta desde el lunes",
    "Aún no me han devuelto el dinero",
    "Buenos días, soy nueva y no tengo usuario",
    "Cancelad mi cita del jueves, por favor",
    "El técnico que iba a venir no ha aparecido",
)
ENGLISH = (
    "I never got the confirmation email",
    "Hello, I have been locked out of my account for two days",
    "Could you tell me when my order ships?",
    "The front desk printer keeps jamming",
    "Good afternoon, I would like to change my delivery address",
    "The site is down and nothing loads",
    "You charged me twice for the same invoice",
    "I need to reset my password as soon as possible",
    "My laptop will not start since this morning",
    "Many thanks for the quick fix, all good",
    "Attached is the screenshot you asked for",
    "I can't connect to the VPN from home",
    "Sorry to bother you, is there any news?",
    "Please cancel my subscription",
    "The item arrived broken, what should I do?",
    "Still broken after a restart",
    "What time do you open tomorrow?",
    "Please send me the manual in English",
    "My colleague cannot log in either",
    "We received a parcel that is not ours",
    "The link you sent me has expired",
    "How long does a refund usually take?",
    "I already tried another cable and it made no difference",
    "Requesting a quote for twenty licences",
    "The app closes by itself when I open it",
    "There is an error when paying by card",
    "Here are the details that were missing",
    "I have been waiting for an answer since Monday",
    "My money has not been returned yet",
    "Good morning, I am new and have no user name",
    "Please move my appointment to Thursday",
    "The engineer who was meant to come did not show up",
)
OTHERS = {
    "pt": "Bom dia, não consigo entrar na minha conta desde ontem, obrigado",
    "fr": "Bonjour, je ne peux pas ouvrir ma facture depuis hier, merci",
    "de": "Guten Tag, ich kann mich seit gestern nicht anmelden, danke",
    "it": "Buongiorno, non posso aprire la fattura da ieri, grazie",
    "ca": "Bon dia, no puc entrar al meu compte des d'ahir, gràcies",
}
EVERY = ("es", "en", "pt", "fr", "de", "it", "ca")


def _right(language: str, sentences: tuple[str, ...]) -> float:
    answers = [detect(one, ("es", "en")) for one in sentences]
    assert {one for one in answers if one} == {language}, (
        "a sentence was taken for another language"
    )
    return answers.count(language) / len(answers)


def test_short_spanish_mails_are_recognised_and_never_taken_for_english() -> None:
    assert _right("es", SPANISH) >= 0.95


def test_short_english_mails_are_recognised_and_never_taken_for_spanish() -> None:
    assert _right("en", ENGLISH) >= 0.95


@pytest.mark.parametrize(("language", "text"), OTHERS.items())
def test_a_desk_with_seven_languages_tells_them_apart(language: str, text: str) -> None:
    assert detect(text, EVERY) == language


@pytest.mark.parametrize("text", [OTHERS["de"], OTHERS["fr"], "Привет, помогите мне пожалуйста"])
def test_a_language_the_desk_does_not_speak_gives_no_answer(text: str) -> None:
    assert detect(text, ("es",)) is None


@pytest.mark.parametrize(
    "text", ["", "hola", "hello there", "VPN 12345 67890 a@b.example", "ok, sí"]
)
def test_fewer_than_twenty_letters_give_no_answer(text: str) -> None:
    assert detect(text, ("es", "en")) is None


def test_a_text_half_in_each_language_gives_no_answer() -> None:
    assert detect("No puedo abrir la factura. I cannot open the invoice", ("es", "en")) is None


def test_the_answer_is_the_desks_own_tag() -> None:
    assert detect(SPANISH[0], ("en", "es-MX")) == "es-MX"


def test_two_tags_of_one_language_do_not_hide_each_other() -> None:
    assert detect(SPANISH[0], ("es", "es-MX", "en")) == "es"


def test_addresses_links_and_numbers_do_not_count_as_words() -> None:
    text = "a@the.example https://the.and.example/is/not/this 12as 99the 7with"

    assert detect(text, ("es", "en")) is None
