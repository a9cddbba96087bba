import { beforeEach, expect, test } from "vitest";
import { signUp } from "./signup.js";
import { baseURL, control } from "./mock.js";

// The files signup-a, -b and -c run these same tests at the same time, with the same names.
export function scenarios() {
  beforeEach(() => control("POST", "reset"));

  test("a name can be used once", async () => {
    expect(await signUp(baseURL, "alice")).toEqual({ status: 201, body: { name: "alice", privacy: "Public" } });
    expect(await signUp(baseURL, "alice")).toEqual({ status: 409, body: { name: "alice", code: "409" } });
    expect((await control("GET", "requests?name=alice")).total).toBe(2);
  });

  test("a name that somebody else has", async () => {
    await control("POST", "accounts", [{ name: "bob", privacy: "Private" }]);
    expect((await signUp(baseURL, "bob")).status).toBe(409);
  });

  test("a blocked address", async () => {
    await control("POST", "blocked", ["caller"]);
    expect((await signUp(baseURL, "alice")).status).toBe(403);
  });

  test("an answer that gets lost: the account is made all the same", async () => {
    await control("PUT", "behaviour", { faults: [{ fault: "drop-after-commit", next: 1 }] });
    await expect(signUp(baseURL, "alice")).rejects.toThrow();
    expect((await signUp(baseURL, "alice")).status).toBe(409);
  });

  test("every documented answer can be met", async () => {
    await control("PUT", "behaviour", { forced: [201, 400, 403, 409].map((status) => ({ status, next: 1 })) });
    for (let i = 0; i < 4; i++) await signUp(baseURL, "alice");
    expect((await control("GET", "coverage")).missing).toEqual([]);
  });
}
