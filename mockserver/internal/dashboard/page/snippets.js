// The request of the try-it form, written for those who send it from their own code.

// fetch takes header values in ISO-8859-1 only. A value with other characters goes as UTF-8 bytes, as curl sends it.
const fitsFetch = (value) => /^[\0-\xff]*$/.test(value);
const utf8 = (value) => String.fromCharCode(...new TextEncoder().encode(value));

// headerValue is value as fetch must be given it.
export const headerValue = (value) => (fitsFetch(value) ? value : utf8(value));

// The snippets take the URL and a list of [header, value].
export const snippets = {
  curl: (url, headers) => [
    `curl -i -X POST ${shell(url)}`,
    // curl reads "Name:" as "leave this header out", and "Name;" as an empty value.
    ...headers.map(([name, value]) => `  -H ${shell(value === '' ? `${name};` : `${name}: ${value}`)}`),
  ].join(' \\\n'),

  fetch: (url, headers) => `${helper(headers)}const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: ${object(headers)},
});
console.log(response.status, await response.json());`,

  axios: (url, headers) => `${helper(headers)}const response = await axios.post(${JSON.stringify(url)}, null, {
  headers: ${object(headers)},
  validateStatus: () => true, // 400, 403 and 409 are answers too
});
console.log(response.status, response.data);`,
};

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const object = (headers) => {
  const members = headers.map(([name, value]) => {
    const text = JSON.stringify(value);
    return `${name}: ${fitsFetch(value) ? text : `utf8(${text})`}`;
  });
  return `{ ${members.join(', ')} }`;
};

const helper = (headers) => headers.every(([, value]) => fitsFetch(value)) ? '' :
  `// Header values are ISO-8859-1 in JavaScript: other characters go as their UTF-8 bytes.
const utf8 = (text) => String.fromCharCode(...new TextEncoder().encode(text));
`;
