import "./browser.js";
import { newClient,newProxy, until } from "./realtime.js";
import { setTimeout as pause } from "node:timers/promises";
const t0=Date.now(); const log=(...a)=>console.log(Date.now()-t0,...a);
let n=0;
const W=globalThis.WebSocket; globalThis.WebSocket=class extends W{constructor(u,p){const k=++n;log("ws",k);super(u,p);this.k=k;this.addEventListener("message",e=>log(k,"<",String(e.data).slice(0,14), (String(e.data).match(/messageBody[^,]*/)??[""])[0]));this.addEventListener("close",e=>log(k,"close",e.code));this.addEventListener("error",e=>log(k,"error",e.error??e.message))} send(d){log(this.k,">",String(d).slice(0,40));super.send(d)}};
    const proxy = await newProxy();
    const ann = await newClient();
    const ben = await newClient(proxy.endpoint);
    const { chatThread } = await ann.chat.createChatThread({ topic: "t" }, { participants: [{ id: ben.user }] });
    await ben.start();
    const texts = [];
    for (let i = 0; i < 30; i++) {
      texts.push(`message ${i}`);
      await ann.thread(chatThread.id).sendMessage({ content: texts[i] });log("sent",i);
      if (i % 10 === 5) {
        log("CUT");await proxy.cut(0);
      } else if (i % 10 === 8) {
        log("REFUSE");proxy.refuse();
        setTimeout(() => {log("ACCEPT");proxy.accept()}, 700);
      }
    }
    await until(`30 messages, has ${ben.texts()}`, () => ben.texts().length >= 30, 40_000);
    await pause(2500);
process.exit(0);
