(() => {
  "use strict";
  const MOST = 300;
  const { since, version } = document.body.dataset;
  const lines = document.getElementById("lines");
  const part = (name, kind, text) => {
    const element = document.createElement(name);
    if (kind) element.className = kind;
    element.textContent = text;
    return element;
  };
  lines.scrollTop = lines.scrollHeight;
  const source = new EventSource(`/events?since=${since}&version=${version}`);
  source.onmessage = (event) => {
    const line = JSON.parse(event.data);
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
    const what = part("span", "what", line.text);
    if (line.times > 1) what.append(" ", part("span", "badge", `${line.times} times`));
    const item = part("li", line.level, "");
    item.append(part("time", "", line.at), " ", part("span", "who", line.who), " ", what);
    lines.append(item);
    while (lines.children.length > MOST) lines.firstElementChild.remove();
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  };
  source.addEventListener("changed", () => {
    document.getElementById("changed").hidden = false;
  });
  addEventListener("pagehide", () => source.close());
})();
