// client_credentials by openid-client, by Basic and by post.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { report } from "./loopback.mjs";

const { ISSUER, SECRET, AUDIENCE } = process.env;
const results = [];
for (const proof of [client.ClientSecretBasic(SECRET), client.ClientSecretPost(SECRET)]) {
  const config = await client.discovery(new URL(ISSUER), "machine", undefined, proof, {
    execute: [client.allowInsecureRequests],
  });
  const tokens = await client.clientCredentialsGrant(config, { audience: AUDIENCE });
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload } = await jwtVerify(tokens.access_token, keys, {
    issuer: ISSUER,
    audience: AUDIENCE,
  });
  assert.equal(tokens.id_token, undefined);
  assert.equal(tokens.refresh_token, undefined);
  results.push([payload.sub, payload.scope, payload.gty]);
}
const wrong = await client.discovery(
  new URL(ISSUER),
  "machine",
  undefined,
  client.ClientSecretBasic("cs_wrong"),
  { execute: [client.allowInsecureRequests] },
);
const refusal = await client.clientCredentialsGrant(wrong, { audience: AUDIENCE }).then(
  () => assert.fail("a wrong secret was taken"),
  (error) => error,
);
report({ results, refusal: [refusal.status, refusal.code, refusal.cause?.[0]?.scheme ?? null] });
