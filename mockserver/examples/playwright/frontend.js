// A page with a form, in place of the frontend. It takes the base URL from its own query; yours has a configuration for it.
import { createServer } from "node:http";

const page = `<!doctype html><title>Sign up</title>
<form><label>Name <input name="name"></label> <button>Sign up</button></form><p role="status"></p>
<script>
  const baseURL = new URLSearchParams(location.search).get("api");
  document.forms[0].onsubmit = async (event) => {
    event.preventDefault();
    const status = document.querySelector("[role=status]");
    try {
      const answer = await fetch(baseURL + "/users/", { method: "POST", headers: { Username: event.target.name.value } });
      status.textContent = { 201: "Welcome!", 403: "You are blocked.", 409: "This name is taken." }[answer.status];
    } catch {
      status.textContent = "Something went wrong. Try again.";
    }
  };
</script>`;

createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(page)).listen(process.env.PORT, "localhost");
