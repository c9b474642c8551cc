// How a Node program opens a ciphertext with encrypt-web-streams: the stream as it comes, the tag at its end.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createDecryptionStream, init } from "@transcend-io/encrypt-web-streams";

const overHttp = globalThis.fetch;

// The package loads its WebAssembly by fetch(file:…), which Node refuses.
globalThis.fetch = async (resource, options) => {
  const url = String(resource?.url ?? resource);
  if (!url.startsWith("file:")) return overHttp(resource, options);
  return new Response(await readFile(new URL(url)), { headers: { "content-type": "application/wasm" } });
};

// Once, before anything is opened: calls of init() that overlap load a module each, and a stream begun with one of them
// goes on in the memory of the other ("recursive use of an object", 1.0.3).
await init();

export const bytes = (base64) => Uint8Array.from(Buffer.from(base64, "base64"));

// `entry` is one of /encrypted: {url, key, iv, authTag}. What comes back is the plaintext's digest and size, or why not.
export async function opened(entry) {
  const digest = createHash("sha256");
  let size = 0;
  let chunks = 0;
  try {
    const answer = await fetch(entry.url);
    if (!answer.ok) return { error: `the ciphertext is refused with ${answer.status}` };
    const secret = createDecryptionStream(bytes(entry.key), bytes(entry.iv), { authTag: bytes(entry.authTag) });
    for await (const chunk of answer.body.pipeThrough(secret)) {
      digest.update(chunk);
      size += chunk.length;
      chunks += 1;
    }
  } catch (error) {
    return { error: error.message, size };
  }
  return { sha256: digest.digest("hex"), size, chunks };
}

export async function told() {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  return JSON.parse(text);
}
