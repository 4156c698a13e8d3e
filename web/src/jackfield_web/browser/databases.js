async () => {
  const PLAIN = 0, OTHER = 1, ENDLESS = 2, DEEPEST = 200;
  // What a value is: JSON as it stands, more than JSON can say, or an object that holds itself. One that is
  // very deep counts as that: the browser's protocol says 1000 levels, and the driver makes three of each.
  const kind = (value, above = new Set()) => {
    if (value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value)) return PLAIN;
    if (typeof value !== "object") return OTHER;
    if (above.has(value) || above.size > DEEPEST) return ENDLESS;
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return OTHER;
    above.add(value);
    const found = Object.values(value).reduce((worst, each) => Math.max(worst, kind(each, above)), PLAIN);
    above.delete(value);
    return found;
  };
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const path = (said) => (Array.isArray(said) ? { keyPathArray: said } : said === null ? {} : { keyPath: said });
  const storeOf = async (store) => {
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    return {
      name: store.name,
      autoIncrement: store.autoIncrement,
      ...path(store.keyPath),
      records: values.map((value, at) => (store.keyPath === null ? { key: keys[at], value } : { value })),
      indexes: [...store.indexNames].map((name) => store.index(name)).map((index) => ({
        name: index.name, ...path(index.keyPath), multiEntry: index.multiEntry, unique: index.unique,
      })),
    };
  };
  const databaseOf = async ({ name, version }) => {
    const database = await done(indexedDB.open(name));
    try {
      const names = [...database.objectStoreNames];
      const all = names.length ? database.transaction(names) : null;
      return { name, version, stores: await Promise.all(names.map((each) => storeOf(all.objectStore(each)))) };
    } finally {
      database.close();
    }
  };
  // Neither an empty page nor a sandboxed one may have any.
  const names = await indexedDB.databases().catch(() => []);
  const databases = await Promise.all(names.map(databaseOf));
  const kinds = databases.map((each) => kind(each.stores));
  const plain = databases.filter((_, at) => kinds[at] === PLAIN);
  return { origin: location.origin, endless: kinds.includes(ENDLESS), databases: plain };
}
