/* One request in flight and one waiting, the latest. Cancelling at every move would starve: under a moving
 * pointer no request would ever come back. Pure: `send`, `receive` and `fail` are given. */
(function (root) {
  "use strict";

  class Latest {
    /** send(key) → promise; receive(key, result) and fail(key, error) hear of every request that was sent. */
    constructor(send, receive, fail) {
      this.send = send;
      this.receive = receive;
      this.fail = fail;
      this.busy = false;
      this.waiting = null;
    }

    /** Ask for a key now, or when the request in flight is back, unless another key is asked for by then. */
    ask(key) {
      if (this.busy) this.waiting = key;
      else this.run(key);
    }

    /** Forget the key that waits; the one in flight comes back. */
    forget() {
      this.waiting = null;
    }

    async answer(key) {
      try {
        return { result: await this.send(key) };
      } catch (error) {
        return { error };
      }
    }

    async run(key) {
      this.busy = true;
      try {
        const { result, error } = await this.answer(key);
        // What fails in here is a defect of ours, not of the server: it reaches the console as one.
        if (error) this.fail(key, error);
        else this.receive(key, result);
      } finally {
        this.busy = false;
        const next = this.waiting;
        this.waiting = null;
        if (next !== null) this.run(next);
      }
    }
  }

  const api = { Latest };
  root.FuseVis = Object.assign(root.FuseVis || {}, { latestRequest: api });
  if (typeof module === "object" && module.exports) module.exports = api;
})(typeof window === "undefined" ? globalThis : window);
