// An identity provider by samlp. OPTIONS: what it is told besides key and certificate.
import express from "express";
import samlp from "samlp";

const { KEY, CERTIFICATE, ISSUER, OPTIONS } = process.env;
const user = {
  id: "ada",
  displayName: "Ada Lovelace",
  name: { givenName: "Ada", familyName: "Lovelace" },
  emails: [{ value: "ada@acme.example" }],
};
const app = express();
app.use(express.urlencoded({ extended: false }));
app.all("/sso", (request, response, next) => {
  samlp.parseRequest(request, { signerCert: process.env.OURS }, (error, data) => {
    if (error) return response.status(400).send(String(error));
    const place = data.assertionConsumerServiceURL;
    samlp.auth({
      issuer: ISSUER,
      key: KEY,
      cert: CERTIFICATE,
      destination: place,
      recipient: place,
      sessionIndex: "s-1",
      getPostURL: (audience, dom, req, done) => done(null, place),
      getUserFromRequest: () => user,
      ...JSON.parse(OPTIONS),
    })(request, response, next);
  });
});
const server = app.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
process.stdin.on("end", () => process.exit(0)).resume();
