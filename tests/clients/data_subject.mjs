// A privacy centre and its visitor: log in, exchange a request's key over ECDH by GraphQL, open the files.
// In: {transcend, apiKey, request, subject}. Out: {files: [{sha256, size} or {error}]}, or {refused: "…", code}.
import { webcrypto } from "node:crypto";
import { bytes, opened, told } from "./opening.mjs";

const { subtle } = webcrypto;
const CURVE = { name: "ECDH", namedCurve: "P-384" };
const text = (raw) => Buffer.from(raw).toString("base64");
const { transcend, apiKey, request, subject } = await told();

async function post(path, body, key) {
  const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
  return (await fetch(transcend + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

async function graphql(operationName, query, variables, key) {
  const answer = await post("/graphql", { query, variables, operationName }, key);
  if (answer.errors) throw Object.assign(new Error(answer.errors[0].message), answer.errors[0].extensions);
  return answer.data;
}

async function agreed(own, peer, purpose) {
  const bits = await subtle.deriveBits({ name: "ECDH", public: peer }, own.privateKey, 384);
  const secret = await subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-384", salt: new Uint8Array(), info: new TextEncoder().encode(purpose) };
  return subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

// The centre's own server knows the files, the gateway's public key, and who has logged in.
async function centre() {
  const { organization, requestFiles } = await graphql(
    "Centre",
    `query Centre($id: ID!) {
      organization { sombra { publicKeyECDH } }
      requestFiles(filterBy: { requestId: $id }) { nodes { downloadUrl iv authTag } }
    }`,
    { id: request },
    apiKey,
  );
  const { session } = await post("/fake/v1/login", { audience: "data_subject", subject }, apiKey);
  return { publicKey: organization.sombra.publicKeyECDH, files: requestFiles.nodes, session };
}

// The visitor's browser has no API key; its session speaks for it, sealed towards the gateway.
async function visitorsKey({ publicKey, session }) {
  const peer = await subtle.importKey("spki", bytes(publicKey), CURVE, false, []);
  const own = await subtle.generateKey(CURVE, false, ["deriveBits"]);
  const iv = webcrypto.getRandomValues(new Uint8Array(12));
  const sealing = await agreed(own, peer, "dh-encrypted");
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv }, sealing, new TextEncoder().encode(session));
  const dh = `${text(await subtle.exportKey("spki", own.publicKey))}.${text(Buffer.concat([iv, Buffer.from(sealed)]))}`;
  const answer = await graphql(
    "DownloadKey",
    `mutation DownloadKey($id: ID!, $dh: String!) {
      dataSubjectDownloadCEK(id: $id, dhEncrypted: $dh) { decryptionContext { wrappedKey authTag iv } }
    }`,
    { id: request, dh },
  );
  const context = answer.dataSubjectDownloadCEK.decryptionContext;
  const wrapped = Buffer.concat([bytes(context.wrappedKey), bytes(context.authTag)]);
  const unwrapping = await agreed(own, peer, "rewrap-for-session");
  return text(await subtle.decrypt({ name: "AES-GCM", iv: bytes(context.iv) }, unwrapping, wrapped));
}

async function outcome() {
  const known = await centre();
  const key = await visitorsKey(known);
  return { files: await Promise.all(known.files.map((each) => opened({ ...each, key, url: each.downloadUrl }))) };
}

console.log(JSON.stringify(await outcome().catch((error) => ({ refused: error.message, code: error.code }))));
