// A privacy centre's download page: its own server hands it the addresses and the keys, penumbra opens the files.
const { searchParams } = new URL(location.href);
const patience = Number(searchParams.get("patience") ?? 20_000);
const list = document.querySelector("ul");

const show = (line) => list.appendChild(document.createElement("li")).append(line);
const hex = (digest) => [...new Uint8Array(digest)].map((each) => each.toString(16).padStart(2, "0")).join("");

async function opened({ url, key, iv, authTag, mimetype }) {
  const [file] = await penumbra.get({ url, mimetype, filePrefix: "file", decryptionOptions: { key, iv, authTag } });
  const blob = await penumbra.getBlob(file);
  return `${blob.size} ${hex(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()))}`;
}

// penumbra 5.4.4 never settles when a ciphertext is refused: whoever waits for it must stop waiting.
function bounded(promise) {
  const late = new Promise((settle) => setTimeout(settle, patience, "nothing came of it"));
  return Promise.race([promise.catch((error) => `failed: ${error.message}`), late]);
}

async function run() {
  const answer = await fetch(`/handed/${searchParams.get("request")}`);
  const handed = await answer.json();
  if (!answer.ok) {
    const { code, message } = handed.error;
    document.querySelector("[role=alert]").textContent = `Your files cannot be opened (${code}): ${message}`;
    return;
  }
  for (const entry of handed) show(await bounded(opened(entry)));
}

await run();
document.querySelector("[role=status]").textContent = "Done";
