// Four webhook receivers in one program: jsonwebtoken or jose, a public key that is kept or fetched for each webhook.
// POST /<library>/<kept|fetched> takes a webhook and keeps its nonce; POST /answers gives what came of using each.
// The receiver's address is the first line it prints: {"port": n}.
import { createServer } from "node:http";
import { importSPKI, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";

const { AUDIENCE, SOMBRA_API_KEY, SOMBRA_URL, TRANSCEND_API_KEY } = process.env;
const RULES = { algorithms: ["ES384"], audience: AUDIENCE };
const VERIFY = {
  jsonwebtoken: (token, pem) => jsonwebtoken.verify(token, pem, RULES),
  jose: async (token, pem) => (await jwtVerify(token, await importSPKI(pem, "ES384"), RULES)).payload,
};
const kept = {};
const nonces = {};

async function publicKey(library, habit) {
  if (habit === "kept" && kept[library]) return kept[library];
  const answer = await fetch(`${SOMBRA_URL}/public-keys/sombra-general-signing-key`);
  return (kept[library] = await answer.text());
}

async function received(library, habit, headers, body) {
  try {
    const claims = await VERIFY[library](headers["x-sombra-token"], await publicKey(library, habit));
    if (claims.scope !== "coreIdentifier") throw new Error("another scope");
    if (claims.value !== body.coreIdentifier.value) throw new Error("a token of somebody else");
  } catch {
    return 401;
  }
  nonces[body.extras.request.id] = headers["x-transcend-nonce"];
  return 200;
}

async function answered([request, nonce]) {
  const answer = await fetch(`${SOMBRA_URL}/v1/data-silo`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TRANSCEND_API_KEY}`,
      "x-sombra-authorization": `Bearer ${SOMBRA_API_KEY}`,
      "x-transcend-nonce": nonce,
      "content-type": "application/json",
    },
    body: JSON.stringify({ profiles: [{ profileId: "receiver", profileData: { found: true } }] }),
  });
  const said = await answer.json();
  return [request, { status: answer.status, code: said.error?.code ?? null }];
}

async function text(stream) {
  let whole = "";
  for await (const chunk of stream.setEncoding("utf8")) whole += chunk;
  return whole;
}

const server = createServer(async (asked, answer) => {
  const [, library, habit] = asked.url.split("/");
  const body = await text(asked);
  if (library === "answers") {
    answer.end(JSON.stringify(Object.fromEntries(await Promise.all(Object.entries(nonces).map(answered)))));
    return;
  }
  answer.writeHead(await received(library, habit, asked.headers, JSON.parse(body))).end();
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
