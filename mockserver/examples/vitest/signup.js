// signUp stands for the frontend's code under test.
export async function signUp(baseURL, name, privacy) {
  const headers = { Username: name };
  if (privacy !== undefined) headers.Privacy = privacy;
  const answer = await fetch(`${baseURL}/users/`, { method: "POST", headers });
  return { status: answer.status, body: await answer.json() };
}
