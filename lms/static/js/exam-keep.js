// Answers that are not yet saved on the server, kept on this device: one database for each attempt, in memory where
// the browser has none. Two pages of one browser share it, so an older answer never replaces a newer one here either.

export async function openKeep(attempt) {
  const name = `exam-attempt-${attempt}`;
  const db = attempt ? await open(name) : null; // a preview has no attempt
  return db ? onDisk(db, name) : inMemory();
}

function open(name) {
  return new Promise((done) => {
    try {
      const asked = indexedDB.open(name, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("answers", { keyPath: "item" });
        asked.result.createObjectStore("flags", { keyPath: "number" });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => done(null);
    } catch {
      done(null);
    }
  });
}

function onDisk(db, name) {
  const all = (store) => new Promise((done) => {
    const asked = db.transaction(store).objectStore(store).getAll();
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done([]);
  });
  const change = (store, work) => new Promise((done) => {
    const transaction = db.transaction(store, "readwrite");
    transaction.oncomplete = transaction.onerror = transaction.onabort = () => done();
    work(transaction.objectStore(store));
  });
  const ifStands = (store, item, test, work) => {
    const asked = store.get(item);
    asked.onsuccess = () => test(asked.result) && work();
  };
  return {
    answers: () => all("answers"),
    put: (save) => change("answers", (store) =>
      ifStands(store, save.item, (old) => !old || old.version <= save.version, () => store.put(save))),
    drop: (item, version) => change("answers", (store) =>
      ifStands(store, item, (old) => old && old.version <= version, () => store.delete(item))),
    flags: async () => (await all("flags")).map((each) => each.number),
    flag: (number, on) => change("flags", (store) => (on ? store.put({ number }) : store.delete(number))),
    wipe: () => new Promise((done) => {
      db.close();
      const asked = indexedDB.deleteDatabase(name);
      asked.onsuccess = asked.onerror = asked.onblocked = () => done();
    }),
  };
}

function inMemory() {
  const answers = new Map();
  const flags = new Set();
  return {
    answers: async () => [...answers.values()],
    put: async (save) => void answers.set(save.item, save),
    drop: async (item, version) => void (answers.get(item)?.version <= version && answers.delete(item)),
    flags: async () => [...flags],
    flag: async (number, on) => void (on ? flags.add(number) : flags.delete(number)),
    wipe: async () => answers.clear(),
  };
}
