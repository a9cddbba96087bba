// Usage: node limit.js TARGET. Prints its port.
const express = require('express');
const http = require('node:http');
const { rateLimit } = require('express-rate-limit');

const target = process.argv[2];
const app = express();
app.use(rateLimit({ windowMs: 1000, limit: 20, standardHeaders: 'draft-8', legacyHeaders: false }));
app.use((request, response) => {
  const options = { method: request.method, headers: request.headers };
  request.pipe(http.request(new URL(request.url, target), options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  }));
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
