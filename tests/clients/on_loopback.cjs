// Loaded before the published receiver: it would listen on every interface of this machine, at a port it never tells.
const net = require("node:net");

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function onLoopback(_port, ...rest) {
  this.once("listening", () => console.log(JSON.stringify({ port: this.address().port })));
  return listen.call(this, 0, "127.0.0.1", ...rest);
};
