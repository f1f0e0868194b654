// Sends what is not yet saved until the server has acknowledged it: in batches, one request at a time, again with
// growing pauses when the connection is gone. What the server calls newer is never overwritten.

const BATCH = 40;
const PATIENCE = 15000; // ms for one request
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20000;
const HEARTBEAT = 30000; // how soon the page learns of more time, a stop, or that another device writes
const WHILE_STOPPED = 5000;

export function csrfToken() {
  return document.cookie.match(/(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/)?.[1]
    ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

export class Sender {
  // `hear` is told: saved(at, took), acknowledged(item), state(name), time(deadline, stopped), stale(standing, mine), refused(item,
  // sentence), over(), elsewhere(). States: online, offline, signed_out, stopped.
  constructor(address, keep, hear) {
    Object.assign(this, { address, keep, hear, pending: new Map(), running: null, failures: 0, singly: false });
    // item → the version that stands on the server as far as this page knows, and what it sent without an answer yet.
    // An answer's version says on which it was built: as long as nothing was acknowledged it does not count up.
    this.acked = new Map();
    this.sent = new Map();
    this.state = "online";
    this.ended = false;
    window.addEventListener("online", () => this.later(Math.random() * 1500));
    window.addEventListener("offline", () => this.become("offline"));
    this.beat();
  }

  add(save) {
    this.pending.set(save.item, save);
    const kept = this.keep.put(save);
    this.flush();
    return kept;
  }

  next(item) {
    return (this.acked.get(item) ?? 0) + 1;
  }

  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.hear.state(state);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(true), pause);
  }

  beat() {
    clearTimeout(this.heart);
    this.heart = setTimeout(() => { this.flush(true); this.beat(); }, HEARTBEAT * (0.9 + Math.random() * 0.2));
  }

  // Send what waits; with `anyway` an empty request goes out too, to learn whether the connection is back.
  // Who waits for it waits for the request that is under way as well.
  async flush(anyway = false) {
    if (this.ended || !(this.pending.size || this.running || anyway)) return;
    this.running ??= this.drain().finally(() => { this.running = null; });
    await this.running;
  }

  async drain() {
    do {
      const batch = [...this.pending.values()].slice(0, this.singly ? 1 : BATCH);
      if (!(await this.send(batch))) return;
    } while (this.pending.size && !this.ended);
  }

  async send(batch) {
    const asked = performance.now();
    for (const save of batch) this.sent.set(save.item, [...(this.sent.get(save.item) ?? []), save]);
    let answer, body;
    try {
      answer = await fetch(this.address, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ saves: batch.map(({ item, version, response }) => ({ item, version, response })) }),
        keepalive: document.visibilityState === "hidden" && batch.length < 10,
        signal: AbortSignal.timeout(PATIENCE),
      });
      body = await answer.json().catch(() => null);
    } catch {
      return this.failed("offline");
    }
    return this.understood(batch, answer.status, body, performance.now() - asked);
  }

  async understood(batch, status, body, took) {
    if (status === 200 && body) {
      await this.settle(body.saved, batch);
      this.hear.time(body.deadline, body.paused);
    } else if (status === 409 && body?.refused === "StaleVersion") {
      await this.settle(body.saved, batch);
      for (const standing of body.standing) await this.giveWay(standing);
    } else if (status === 409 && ["KeptAside", "AlreadyHandedIn"].includes(body?.refused)) {
      await this.settle(batch, batch);
      if (this.pending.size) return true;
      this.ended = true;
      this.hear.over();
      return true;
    } else if (status === 409 && body?.refused === "ContinuedElsewhere") {
      this.ended = true;
      this.hear.elsewhere();
      return true;
    } else if (status === 409 && body?.refused === "StandsStill") {
      this.hear.time(null, true);
      this.become("stopped");
      this.later(WHILE_STOPPED);
      return false;
    } else if ([400, 413, 422].includes(status) && body?.refused) {
      if (batch.length > 1) this.singly = true;
      else if (batch.length) await this.giveUp(batch[0], body.sentence);
      return true;
    } else {
      return this.failed([401, 403, 404].includes(status) ? "signed_out" : "offline");
    }
    this.failures = 0;
    this.singly = false;
    this.become(body.paused ? "stopped" : "online");
    if (body.paused) this.later(WHILE_STOPPED);
    else this.beat();
    if (body.at) this.hear.saved(Date.parse(body.at), took);
    return true;
  }

  // What was acknowledged is done; what was typed since is built on it and goes out next.
  async settle(saved, batch) {
    for (const { item, version } of saved) {
      const sent = batch.find((each) => each.item === item);
      this.acked.set(item, Math.max(version, this.acked.get(item) ?? 0));
      this.sent.delete(item);
      await this.keep.drop(item, version, sent?.seq);
      if (this.pending.get(item) === sent) this.pending.delete(item);
      else await this.rebuild(item);
      this.hear.acknowledged(item);
    }
  }

  // Give what waits for an item the version that follows on what stands now.
  async rebuild(item) {
    const mine = this.pending.get(item);
    if (!mine) return;
    const built = { ...mine, version: this.next(item) };
    this.pending.set(item, built);
    await this.keep.put(built);
  }

  // Something newer stands: mine gives way and is shown, unless what stands is what this page sent itself and only the
  // answer to that was lost.
  async giveWay(standing) {
    const { item, version, response } = standing;
    const mine = this.pending.get(item);
    const same = (one) => JSON.stringify(one.response) === JSON.stringify(response);
    const isMine = (this.sent.get(item) ?? []).some((each) => each.version === version && same(each));
    this.acked.set(item, version);
    this.sent.delete(item);
    if (mine && isMine && !same(mine)) {
      await this.rebuild(item);
      return;
    }
    this.pending.delete(item);
    await this.keep.drop(item, version);
    if (mine && !same(mine)) this.hear.stale(standing, mine.response);
  }

  async giveUp(save, sentence) {
    if (this.pending.get(save.item) === save) this.pending.delete(save.item);
    await this.keep.drop(save.item, save.version, save.seq);
    this.hear.refused(save.item, sentence);
  }

  failed(state) {
    this.failures += 1;
    this.become(state);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.failures - 1));
    this.later(pause * (0.5 + Math.random() / 2));
    return false;
  }
}

// Who takes the answers of a preview: nobody keeps them and nothing is sent.
export class Nobody {
  constructor() {
    Object.assign(this, { pending: new Map(), acked: new Map(), state: "online", ended: false });
  }

  next() {
    return 1;
  }

  async add() {}

  async flush() {}
}
