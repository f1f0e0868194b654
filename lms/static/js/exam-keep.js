// Answers that are not yet saved on the server, kept on this device: one database for each attempt, what is written in
// it sealed with a key that no script can read out, both gone after the hand-in. Two pages of one browser share it, so
// an older answer never replaces a newer one here either. Where the browser has no database, or no cipher because the
// site is not served securely, they are kept in memory only.

const ANSWERS = "answers";
const FLAGS = "flags";
const KEYS = "keys";

export async function openKeep(attempt) {
  const name = `exam-attempt-${attempt}`;
  const db = attempt && globalThis.crypto?.subtle ? await open(name) : null; // a preview has no attempt
  const key = db && (await keyOf(db));
  return key ? onDisk(db, name, key) : inMemory();
}

function open(name) {
  return new Promise((done) => {
    try {
      const asked = indexedDB.open(name, 2);
      asked.onupgradeneeded = () => {
        for (const each of [...asked.result.objectStoreNames]) asked.result.deleteObjectStore(each);
        asked.result.createObjectStore(ANSWERS, { keyPath: "item" });
        asked.result.createObjectStore(FLAGS, { keyPath: "number" });
        asked.result.createObjectStore(KEYS);
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => done(null);
    } catch {
      done(null);
    }
  });
}

const result = (asked) => new Promise((done) => {
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => done(undefined);
});

// A browser may close a database behind a page's back; then nothing is changed, and the page goes on.
const change = (db, store, work) => new Promise((done) => {
  try {
    const transaction = db.transaction(store, "readwrite");
    transaction.oncomplete = () => done(true);
    transaction.onerror = transaction.onabort = () => done(false);
    work(transaction.objectStore(store));
  } catch {
    done(false);
  }
});

// The key of this attempt on this device; of two pages that make one at once, both use that which was kept first.
async function keyOf(db) {
  const kept = () => result(db.transaction(KEYS).objectStore(KEYS).get("key"));
  try {
    const found = await kept();
    if (found) return found;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await change(db, KEYS, (store) => store.add(made, "key"));
    return await kept();
  } catch {
    return null;
  }
}

function onDisk(db, name, key) {
  let last = Promise.resolve(); // what is kept is kept in its order, however long the cipher takes
  const inOrder = (work) => (last = last.then(work, work).catch(() => false));
  const all = async (store) => {
    try {
      return (await result(db.transaction(store).objectStore(store).getAll())) ?? [];
    } catch {
      return [];
    }
  };
  const ifStands = (store, item, test, work) => {
    const asked = store.get(item);
    asked.onsuccess = () => test(asked.result) && work();
  };
  // Of two answers of one version the later typed is the newer: `seq` tells.
  const isOlder = (old, row) => !old || old.version < row.version || (old.version === row.version && old.seq <= row.seq);
  // Item and version are sealed in with the answer: a row cannot be passed off as another.
  const about = ({ item, version }) => new TextEncoder().encode(`${name} ${item} ${version}`);

  async function sealed(save) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(save.response));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: about(save) }, key, text);
    return { item: save.item, version: save.version, seq: save.seq, iv, data };
  }

  async function opened(row) {
    try {
      const facts = { name: "AES-GCM", iv: row.iv, additionalData: about(row) };
      const text = new TextDecoder().decode(await crypto.subtle.decrypt(facts, key, row.data));
      return [{ item: row.item, version: row.version, seq: row.seq, response: JSON.parse(text) }];
    } catch {
      return []; // changed by somebody else, or of another key
    }
  }

  return {
    answers: async () => (await Promise.all((await all(ANSWERS)).map(opened))).flat(),
    put: (save) => inOrder(async () => {
      const row = await sealed(save);
      return change(db, ANSWERS, (store) => ifStands(store, row.item, (old) => isOlder(old, row), () => store.put(row)));
    }),
    // Forget an answer up to a version, but not what was typed after `seq`.
    drop: (item, version, seq = Infinity) => inOrder(() => change(db, ANSWERS, (store) =>
      ifStands(store, item, (old) => old && isOlder(old, { version, seq }), () => store.delete(item)))),
    flags: async () => (await all(FLAGS)).map((each) => each.number),
    flag: (number, on) => change(db, FLAGS, (store) => (on ? store.put({ number }) : store.delete(number))),
    wipe: () => inOrder(() => new Promise((done) => {
      db.close();
      const asked = indexedDB.deleteDatabase(name);
      asked.onsuccess = asked.onerror = asked.onblocked = () => done();
    })),
  };
}

function inMemory() {
  const answers = new Map();
  const flags = new Set();
  return {
    answers: async () => [...answers.values()],
    put: async (save) => Boolean(answers.set(save.item, save)),
    drop: async (item, version, seq = Infinity) => {
      const old = answers.get(item);
      if (old && (old.version < version || (old.version === version && old.seq <= seq))) answers.delete(item);
    },
    flags: async () => [...flags],
    flag: async (number, on) => void (on ? flags.add(number) : flags.delete(number)),
    wipe: async () => answers.clear(),
  };
}
