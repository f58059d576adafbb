(() => {
  "use strict";
  // Without WebAuthn the page stays as it is: everything of ours is hidden.
  const kind = window.PublicKeyCredential;
  const form = document.querySelector("form[data-webauthn]");
  if (!kind || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(
      atob(text.replace(/-/g, "+").replace(/_/g, "/")),
      (char) => char.charCodeAt(0),
    );
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  // Does this device have a passkey's place of its own? Only then is one offered.
  if (kind.isUserVerifyingPlatformAuthenticatorAvailable)
    kind
      .isUserVerifyingPlatformAuthenticatorAvailable()
      .then((able) => {
        for (const field of document.querySelectorAll("input[name=passkey_ready]"))
          field.value = able ? "1" : "";
      })
      .catch(() => {});
  if (!form) return;

  const asked = () => {
    const options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"])
      if (options[list])
        options[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
    return options;
  };
  const parts = [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ];
  const told = (made) => {
    const response = {};
    for (const part of parts)
      if (made.response[part]) response[part] = text(made.response[part]);
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return JSON.stringify({
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      authenticatorAttachment: made.authenticatorAttachment || undefined,
      response,
      clientExtensionResults: {},
    });
  };
  const send = (made) => {
    form.elements.credential.value = told(made);
    form.submit();
  };
  const trouble = document.querySelector("[data-webauthn-trouble]");
  let waiting = new AbortController();

  const act = async (event) => {
    event.preventDefault();
    waiting.abort();
    waiting = new AbortController();
    trouble.hidden = true;
    const query = { publicKey: asked(), signal: waiting.signal };
    try {
      send(
        form.dataset.webauthn === "create"
          ? await navigator.credentials.create(query)
          : await navigator.credentials.get(query),
      );
    } catch (error) {
      if (error.name !== "AbortError") trouble.hidden = false;
    }
  };
  const autofill = async () => {
    if (!kind.isConditionalMediationAvailable) return;
    if (!(await kind.isConditionalMediationAvailable())) return;
    const query = { publicKey: asked(), signal: waiting.signal };
    try {
      send(await navigator.credentials.get({ ...query, mediation: "conditional" }));
    } catch {
      // Nobody chose one, or the button was used instead.
    }
  };

  form.addEventListener("submit", act);
  if (form.dataset.button !== "no")
    for (const hidden of document.querySelectorAll("[data-webauthn-shown]"))
      hidden.hidden = false;
  if (form.dataset.autofill === "yes") autofill();
})();
