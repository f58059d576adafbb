// The app's own door: opens the system browser and waits for it to come back.
import { execFile } from "node:child_process";
import { createServer } from "node:http";

export async function openDoor() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const redirectUri = `http://127.0.0.1:${server.address().port}/callback`;
  return {
    redirectUri,
    async visit(url) {
      const called = new Promise((resolve) => {
        server.once("request", (request, response) => {
          response.end("You may close this page.");
          resolve(new URL(request.url, redirectUri));
        });
      });
      const failed = new Promise((_, reject) => {
        execFile("xdg-open", [String(url)], (error) => error && reject(error));
      });
      return Promise.race([called, failed]);
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function report(result) {
  console.log(JSON.stringify(result));
}
