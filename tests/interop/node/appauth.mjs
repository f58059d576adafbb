// The whole native flow by AppAuth-JS's node handler.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import {
  AuthorizationNotifier,
  AuthorizationRequest,
  AuthorizationServiceConfiguration,
  BaseTokenRequestHandler,
  GRANT_TYPE_AUTHORIZATION_CODE,
  GRANT_TYPE_REFRESH_TOKEN,
  RevokeTokenRequest,
  TokenRequest,
} from "@openid/appauth";
import { NodeCrypto } from "@openid/appauth/built/src/node_support/crypto_utils.js";
import { NodeBasedHandler } from "@openid/appauth/built/src/node_support/node_request_handler.js";
import { NodeRequestor } from "@openid/appauth/built/src/node_support/node_requestor.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { openDoor, report } from "./loopback.mjs";

const issuer = process.env.ISSUER;
const client_id = "native";
const requestor = new NodeRequestor();
const configuration = await AuthorizationServiceConfiguration.fetchFromIssuer(issuer, requestor);
const port = await freePort();
const redirect_uri = `http://127.0.0.1:${port}/callback`;

const handler = new NodeBasedHandler(port);
const notifier = new AuthorizationNotifier();
handler.setAuthorizationNotifier(notifier);
const answered = new Promise((resolve, reject) => {
  notifier.setAuthorizationListener((request, response, error) =>
    response ? resolve({ request, response }) : reject(error),
  );
});
handler.performAuthorizationRequest(
  configuration,
  new AuthorizationRequest(
    {
      client_id,
      redirect_uri,
      scope: "openid profile email offline_access",
      response_type: AuthorizationRequest.RESPONSE_TYPE_CODE,
      extras: { audience: "https://api.example.com/", prompt: "consent", access_type: "offline" },
    },
    new NodeCrypto(),
  ),
);
const { request, response } = await answered;
assert.equal(response.state, request.state);

const tokens = new BaseTokenRequestHandler(requestor);
const first = await tokens.performTokenRequest(
  configuration,
  new TokenRequest({
    client_id,
    redirect_uri,
    grant_type: GRANT_TYPE_AUTHORIZATION_CODE,
    code: response.code,
    extras: { code_verifier: request.internal.code_verifier },
  }),
);
assert.ok(first.isValid());
const keys = createRemoteJWKSet(new URL(configuration.toJson().jwks_uri ?? `${issuer}.well-known/jwks.json`));
const { payload } = await jwtVerify(first.idToken, keys, { issuer, audience: client_id });

const person = await requestor.xhr({
  url: configuration.userInfoEndpoint,
  method: "GET",
  dataType: "json",
  headers: { Authorization: `Bearer ${first.accessToken}` },
});
assert.equal(person.sub, payload.sub);

const renewal = (refresh_token) =>
  tokens.performTokenRequest(
    configuration,
    new TokenRequest({
      client_id,
      redirect_uri,
      grant_type: GRANT_TYPE_REFRESH_TOKEN,
      refresh_token,
    }),
  );
const second = await renewal(first.refreshToken);
assert.ok(second.accessToken && second.idToken && second.expiresIn);
assert.notEqual(second.refreshToken, first.refreshToken);

const revoked = await tokens.performRevokeTokenRequest(
  configuration,
  new RevokeTokenRequest({ client_id, token: second.refreshToken, token_type_hint: "refresh_token" }),
);
assert.equal(revoked, true);
const refusal = await renewal(second.refreshToken).then(
  () => assert.fail("a revoked token was renewed"),
  (error) => error,
);

const door = await openDoor();
const leave = new URL(configuration.endSessionEndpoint);
leave.search = new URLSearchParams({
  id_token_hint: second.idToken,
  post_logout_redirect_uri: door.redirectUri,
  state: "bye",
});
const left = await door.visit(leave);
door.close();
report({
  email: person.email,
  refusal: String(refusal.message),
  left: left.search,
});

function freePort() {
  const probe = createServer();
  return new Promise((resolve) =>
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    }),
  );
}
