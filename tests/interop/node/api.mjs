// An API behind express-oauth2-jwt-bearer; one path for each kind of access token.
import express from "express";
import { auth, claimIncludes, requiredScopes } from "express-oauth2-jwt-bearer";

const { ISSUER, PORT, API, STRICT_API, BRIEF_API } = process.env;
const app = express();
const told = (request, response) => response.json(request.auth.payload);
const guard = (audience, more = {}) =>
  auth({ issuerBaseURL: ISSUER, audience, clockTolerance: 0, ...more });

app.get("/health", (request, response) => response.end());
app.get("/auth0", guard(API), told);
app.get("/rfc9068", guard(STRICT_API, { strict: true }), told);
app.get("/not-strict-enough", guard(API, { strict: true }), told);
app.get("/brief", guard(BRIEF_API), told);
app.get("/scoped", guard(API), requiredScopes("create:timesheets"), told);
app.get("/machine", guard(API), claimIncludes("gty", "client-credentials"), told);
app.use((error, request, response, next) => {
  response.set(error.headers ?? {}).status(error.status ?? 500);
  response.json({ error: error.code, message: error.message });
});
app.listen(Number(PORT), "127.0.0.1");
