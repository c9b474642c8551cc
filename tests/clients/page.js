// A privacy centre's download page: its own server hands it the addresses and the keys, penumbra opens the files.
const { searchParams } = new URL(location.href);
const patience = Number(searchParams.get("patience"));
const list = document.querySelector("ul");

async function opened({ url, key, iv, authTag, mimetype }) {
  const [file] = await penumbra.get({ url, mimetype, filePrefix: "file", decryptionOptions: { key, iv, authTag } });
  const href = URL.createObjectURL(await penumbra.getBlob(file));
  return Object.assign(document.createElement("a"), { href, download: url.split("/").pop(), textContent: "Save" });
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
  for (const entry of handed) list.appendChild(document.createElement("li")).append(await bounded(opened(entry)));
}

await run();
document.querySelector("[role=status]").textContent = "Done";
