// The whole flow by openid-client. METHOD: how the client authenticates.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { openDoor, report } from "./loopback.mjs";

const { ISSUER, METHOD, CLIENT_ID, AUDIENCE } = process.env;
const config = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  { id_token_signed_response_alg: "RS256" },
  await authentication(),
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
);
assert.equal(config.serverMetadata().issuer, ISSUER);
assert.ok(config.serverMetadata().supportsPKCE());
assert.equal(config.serverMetadata().authorization_response_iss_parameter_supported, true);

const door = await openDoor();
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const maxAge = 600;
const scope = "openid profile email offline_access read:timesheets";
const back = await door.visit(
  client.buildAuthorizationUrl(config, {
    redirect_uri: door.redirectUri,
    scope,
    audience: AUDIENCE,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    max_age: String(maxAge),
  }),
);
const checks = {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  maxAge,
  idTokenExpected: true,
};
await rejectsAnotherIssuer();
const tokens = await client.authorizationCodeGrant(config, back, checks);
assert.equal(tokens.token_type, "bearer");
assert.equal(typeof tokens.expires_in, "number");
const claims = tokens.claims();
const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
await assert.rejects(client.fetchUserInfo(config, tokens.access_token, "auth0|other"));

const second = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(second.refresh_token, tokens.refresh_token);
assert.equal(second.claims().sub, claims.sub);
await client.tokenRevocation(config, second.refresh_token, { token_type_hint: "refresh_token" });
const refusal = await client.refreshTokenGrant(config, second.refresh_token).then(
  () => assert.fail("a revoked token was renewed"),
  (error) => error,
);
const silent = await door.visit(
  client.buildAuthorizationUrl(config, {
    redirect_uri: door.redirectUri,
    scope: "openid",
    prompt: "none",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  }),
);
const left = CLIENT_ID === "native" && (await signOut());
door.close();
report({
  scope: tokens.scope,
  granted: second.scope,
  params: [...back.searchParams.keys()].sort(),
  email: person.email,
  refusal: [refusal.status, refusal.error, refusal.error_description],
  silent: silent.searchParams.get("error") ?? [...silent.searchParams.keys()][0],
  left,
});

async function signOut() {
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: door.redirectUri,
    state: "bye",
  });
  const left = await door.visit(url);
  const after = await door.visit(
    client.buildAuthorizationUrl(config, {
      redirect_uri: door.redirectUri,
      scope: "openid",
      prompt: "none",
      state: "after",
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    }),
  );
  const refusal = await client
    .authorizationCodeGrant(config, after, { pkceCodeVerifier, expectedState: "after" })
    .then(
      () => assert.fail("signed out, and still signed in"),
      (error) => error,
    );
  return [left.search, refusal.error];
}

// RFC 9207: an answer that names another server, or none, is not ours.
async function rejectsAnotherIssuer() {
  for (const change of [(p) => p.set("iss", "http://127.0.0.1:9/"), (p) => p.delete("iss")]) {
    const mixed = new URL(back);
    change(mixed.searchParams);
    await assert.rejects(client.authorizationCodeGrant(config, mixed, checks));
  }
}

async function authentication() {
  if (METHOD === "none") return client.None();
  if (METHOD === "client_secret_basic") return client.ClientSecretBasic(process.env.SECRET);
  if (METHOD === "client_secret_post") return client.ClientSecretPost(process.env.SECRET);
  const body = process.env.KEY.replace(/-----[^-]+-----|\s/g, "");
  const key = await crypto.subtle.importKey(
    "pkcs8",
    Buffer.from(body, "base64"),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return client.PrivateKeyJwt({ key, kid: "web-1" });
}
