// Requests to our own server. What it refuses is thrown as an Error with its message.
async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The inspector does not answer. Is it still running?");
  }
  if (response.ok) return response;
  const content = await response.json().catch(() => null);
  throw new Error(content?.error?.message ?? `The inspector answered ${response.status}.`);
}

export const getText = async (url, signal) => (await request(url, { signal })).text();
export const getJson = async (url, signal) => (await request(url, { signal })).json();

async function write(method, url, content) {
  const headers = { "content-type": "application/json" };
  return request(url, { method, headers, body: content === undefined ? undefined : JSON.stringify(content) });
}

export const send = async (method, url, content) => (await write(method, url, content)).json();
export const postForText = async (url, content) => (await write("POST", url, content)).text();
