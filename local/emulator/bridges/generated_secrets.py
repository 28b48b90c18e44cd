"""`GenerateSecretString` obeys all of its options; the emulator knows only excluded characters."""

import json
import secrets
import string

from ministack.services.cloudformation import provisioners

KINDS = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def install(settings) -> None:
    """Replace the generator of AWS::SecretsManager::Secret."""

    def secret_string(properties):
        options = properties.get("GenerateSecretString")
        if properties.get("SecretString") or not options:
            return properties.get("SecretString", "")
        password = generate(options)
        if not options.get("SecretStringTemplate"):
            return password
        fields = json.loads(options["SecretStringTemplate"])
        return json.dumps({**fields, options["GenerateStringKey"]: password})

    provisioners._sm_secret_string = secret_string


def generate(options) -> str:
    """A password as Secrets Manager makes it: by default with a character of every included kind."""
    excluded = options.get("ExcludeCharacters", "")
    kinds = [
        [character for character in characters if character not in excluded]
        for option, characters in KINDS.items()
        if not _true(options.get(option))
    ]
    if _true(options.get("IncludeSpace")):
        kinds.append([" "])
    kinds = [kind for kind in kinds if kind]
    alphabet = [character for kind in kinds for character in kind]
    length = int(options.get("PasswordLength", 32))
    if not alphabet or length < len(kinds):
        raise ValueError("GenerateSecretString excludes too much for a password of this length.")
    while True:
        password = [secrets.choice(alphabet) for _ in range(length)]
        if not _true(options.get("RequireEachIncludedType", True)):
            break
        if all(set(kind) & set(password) for kind in kinds):
            break
    return "".join(password)


def _true(value) -> bool:
    return str(value).lower() == "true"
