// Writes the pact files beside it: what a web frontend expects of the endpoint, in the three specifications that Pact JS
// writes. The verifier's tests verify them, so that contracts from another language are known to work.
//
//   npm install --no-package-lock && npm run generate
import { PactV2, PactV3, Pact, MatchersV2, MatchersV3, SpecificationVersion } from "@pact-foundation/pact";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import assert from "node:assert/strict";

const dir = import.meta.dirname;
for (const name of readdirSync(dir)) {
  if (name.startsWith("web-")) rmSync(path.join(dir, name));
}

async function create(baseURL, name, privacy) {
  const headers = { Username: name };
  if (privacy !== undefined) headers.Privacy = privacy;
  const answer = await fetch(`${baseURL}/users/`, { method: "POST", headers });
  return { status: answer.status, body: await answer.json() };
}

// Specification 2: one state, without parameters, so each is about no account or address in particular.
const v2 = new PactV2({ consumer: "web-v2", provider: "connectmypairs", dir, logLevel: "error", pactfileWriteMode: "update" });
await v2.setup();
await v2.addInteraction({
  state: "no account exists",
  uponReceiving: "a sign-up",
  withRequest: { method: "POST", path: "/users/", headers: { Username: "web-v2-alice" } },
  willRespondWith: {
    status: 201,
    headers: { "Content-Type": MatchersV2.term({ generate: "application/json", matcher: "^application/json" }) },
    body: { name: "web-v2-alice", privacy: MatchersV2.like("Public") },
  },
});
assert.equal((await create(v2.mockService.baseUrl, "web-v2-alice")).status, 201);
await v2.verify();
await v2.addInteraction({
  state: "the caller's IP address is blocked",
  uponReceiving: "a sign-up from a blocked address",
  withRequest: { method: "POST", path: "/users/", headers: { Username: "web-v2-bob" } },
  willRespondWith: { status: 403, body: { code: "403", description: MatchersV2.like("Your IP address was blocked.") } },
});
assert.equal((await create(v2.mockService.baseUrl, "web-v2-bob")).status, 403);
await v2.verify();
await v2.finalize();

// Specification 3: states with parameters, several of them, and the type and regex matchers.
const v3 = new PactV3({
  consumer: "web-v3", provider: "connectmypairs", dir, logLevel: "error", spec: SpecificationVersion.SPECIFICATION_VERSION_V3,
});
await v3
  .given("the caller's IP address is not blocked")
  .given("an account exists", { name: "web-v3-alice", privacy: "Private" })
  .uponReceiving("a sign-up with a used name")
  .withRequest({ method: "POST", path: "/users/", headers: { Username: "web-v3-alice" } })
  .willRespondWith({
    status: 409,
    headers: { "Content-Type": "application/json" },
    body: { name: MatchersV3.string("web-v3-alice"), code: MatchersV3.regex("^4\\d\\d$", "409") },
  })
  .executeTest(async (server) => assert.equal((await create(server.url, "web-v3-alice")).status, 409));

// Specification 4.
const v4 = new Pact({ consumer: "web-v4", provider: "connectmypairs", dir, logLevel: "error" });
await v4
  .addInteraction()
  .given("no account exists", { name: "web-v4-alice" })
  .uponReceiving("a private sign-up")
  .withRequest("POST", "/users/", (request) => request.headers({ Username: "web-v4-alice", Privacy: "Private" }))
  .willRespondWith(201, (response) =>
    response.headers({ "Content-Type": "application/json" }).jsonBody({ name: "web-v4-alice", privacy: "Private" }))
  .executeTest(async (server) => assert.equal((await create(server.url, "web-v4-alice", "Private")).status, 201));
await v4
  .addInteraction()
  .given("no account exists", { name: "web-v4-bob" })
  .uponReceiving("a sign-up with a privacy setting that does not exist")
  .withRequest("POST", "/users/", (request) => request.headers({ Username: "web-v4-bob", Privacy: "Secret" }))
  .willRespondWith(400, (response) => response.jsonBody({
    name: MatchersV3.like("web-v4-bob"), privacy: MatchersV3.like("Secret"), code: "400", description: "Privacy was invalid",
  }))
  .executeTest(async (server) => assert.equal((await create(server.url, "web-v4-bob", "Secret")).status, 400));

// The file as written, with a final line feed.
for (const name of readdirSync(dir).filter((name) => name.startsWith("web-"))) {
  writeFileSync(path.join(dir, name), readFileSync(path.join(dir, name), "utf8").trimEnd() + "\n");
}
process.exit(0);
