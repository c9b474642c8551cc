// What a data subject's page does with one entry of /encrypted: fetch the ciphertext, open it, say what it got.
async ({ url, key, iv, authTag }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const answer = await fetch(url);
  const ciphertext = new Uint8Array(await answer.arrayBuffer());
  const sealed = new Uint8Array([...ciphertext, ...bytes(authTag)]);
  const opener = await crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["decrypt"]);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(iv) }, opener, sealed);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", plain));
  const sha256 = [...digest].map((each) => each.toString(16).padStart(2, "0")).join("");
  return { sha256, size: ciphertext.length, told: Number(answer.headers.get("content-length")) };
}
