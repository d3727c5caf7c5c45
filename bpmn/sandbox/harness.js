// Evaluated before a script: makes the variables readable, keeps what the script sets, and writes the results as JSON.
// What it needs later it keeps now, since a script may change everything that is global.
(function () {
  "use strict";
  const { stringify } = JSON;
  const { isArray } = Array;
  const { keys, defineProperty, getPrototypeOf, hasOwn, freeze } = Object;
  const { isFinite: finite } = Number;
  const { get: mapGet, set: mapSet, has: mapHas, entries: mapEntries } = Map.prototype;
  const { values: setValues } = Set.prototype;
  const { toISOString } = Date.prototype;
  const next = getPrototypeOf(new Map().entries()).next;
  const nextOfSet = getPrototypeOf(new Set().values()).next;
  const apply = Reflect.apply;
  const evaluate = eval;  // called by this name it sees what is global and nothing of this function
  const global = globalThis;
  const MapOfScript = Map, SetOfScript = Set, DateOfScript = Date, PromiseOfScript = Promise;
  const DEEPEST = 200;

  function setClock(now) {
    const Real = Date;
    const Stopped = new Proxy(Real, {
      construct: (target, given, made) => Reflect.construct(target, given.length ? given : [now], made),
      apply: () => new Real(now).toString(),
      get: (target, name, receiver) => (name === "now" ? () => now : Reflect.get(target, name, receiver)),
    });
    Real.prototype.constructor = Stopped;
    global.Date = Stopped;
    delete global.performance;
  }

  function setChance(seed) {
    let state = seed >>> 0;
    Math.random = function () {  // mulberry32
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  // Integers beyond 2^53 are BigInts; decimals of too many digits tell so when they are read.
  function setWide(variables, wide) {
    for (const [way, digits] of wide) {
      let holder = variables;
      for (const step of way.slice(0, -1)) holder = holder[step];
      const name = way[way.length - 1];
      if (/^-?\d+$/.test(digits)) {
        holder[name] = BigInt(digits);
      } else {
        const refuse = () => { throw new RangeError(`${way.join(".")} has more digits than numbers of JavaScript hold`); };
        defineProperty(holder, name, { get: refuse, enumerable: true, configurable: true });
      }
    }
  }

  class BpmnError extends Error {
    constructor(code, message) {
      super(stringify({ code: String(code), message: message === undefined ? null : String(message) }));
      this.name = "BpmnError";
    }
  }

  function setNames(given, execution) {
    const { variables } = given;
    for (const name of keys(variables)) {
      if (!hasOwn(global, name)) {
        defineProperty(global, name, { ...Object.getOwnPropertyDescriptor(variables, name), configurable: true });
      }
    }
    const delegate = { BpmnError };
    const engine = { engine: { delegate } };
    const vendors = { org: { camunda: { bpm: engine }, operaton: { bpm: engine }, flowable: engine, activiti: engine } };
    const own = { execution, BpmnError, ...vendors, print: () => {}, console: freeze({ log: () => {} }) };
    for (const name of keys(own)) if (!hasOwn(variables, name)) global[name] = own[name];
    if (!hasOwn(variables, "Java")) global.Java = { type: (name) => typeOfJava(name) };
  }

  function typeOfJava(name) {
    if (/\.BpmnError$/.test(name)) return BpmnError;
    throw new TypeError(`Java's ${name} cannot be reached from here`);
  }

  function executionOf(given, assigned) {
    const { variables, about } = given;
    const methods = {
      getVariable: (name) => (hasOwn(variables, name) ? variables[name] : null),
      hasVariable: (name) => hasOwn(variables, name),
      getVariables: () => variables,
      getVariableNames: () => keys(variables),
      setVariable: (name, value) => {
        apply(mapSet, assigned, [String(name), value]);
        defineProperty(variables, name, { value, writable: true, enumerable: true, configurable: true });
      },
      getId: () => about.id,
      getActivityInstanceId: () => about.id,
      getBusinessKey: () => about.businessKey,
      getProcessBusinessKey: () => about.businessKey,
      getProcessInstanceId: () => about.processInstanceId,
      getProcessDefinitionId: () => about.processDefinitionId,
      getCurrentActivityId: () => about.currentActivityId,
      getCurrentActivityName: () => about.currentActivityName,
    };
    return freeze({ ...about, processBusinessKey: about.businessKey, ...methods });
  }

  // JSON of a value, with every digit of a BigInt; `room` is how many characters it may take.
  function writer(room) {
    const most = room;
    let left = room;
    function spend(count) {
      left -= count;
      if (left < 0) throw new RangeError(`the script gives more than ${most} characters`);
    }
    function text(value) {
      const written = stringify(value);
      spend(written.length);
      return written;
    }
    function list(items, depth, listed) {
      const parts = [];
      let count = 0;
      for (let at = 0; at < items.length; at++) {
        spend(1);
        parts[count++] = write(items[at], depth + 1, true);
      }
      return "[" + joined(parts, count) + "]";
    }
    function joined(parts, count) {
      let all = "";
      for (let at = 0; at < count; at++) all += at ? "," + parts[at] : parts[at];
      return all;
    }
    function entry(parts, count, name, value, depth) {
      if (value === undefined || typeof value === "function" || typeof value === "symbol") return count;
      parts[count] = text(String(name)) + ":" + write(value, depth + 1, true);
      return count + 1;
    }
    function object(value, depth) {
      const parts = [], names = keys(value);
      let count = 0;
      for (let at = 0; at < names.length; at++) count = entry(parts, count, names[at], value[names[at]], depth);
      return "{" + joined(parts, count) + "}";
    }
    function mapOf(value, depth) {
      const parts = [], all = apply(mapEntries, value, []);
      let count = 0;
      for (let one = apply(next, all, []); !one.done; one = apply(next, all, [])) {
        count = entry(parts, count, one.value[0], one.value[1], depth);
      }
      return "{" + joined(parts, count) + "}";
    }
    function setOf(value, depth) {
      const items = [], all = apply(setValues, value, []);
      let count = 0;
      for (let one = apply(nextOfSet, all, []); !one.done; one = apply(nextOfSet, all, [])) {
        spend(1);
        items[count++] = one.value;
      }
      return list(items, depth);
    }
    function write(value, depth, inside) {
      if (depth > DEEPEST) throw new RangeError(`the script gives a value that is nested more deeply than ${DEEPEST} levels`);
      if (value === null || value === undefined) return spend(4), "null";
      const type = typeof value;
      if (type === "boolean") return spend(5), value ? "true" : "false";
      if (type === "string") return text(value);
      if (type === "number") {
        if (!finite(value)) throw new RangeError(`the script gives ${value}, which is no number`);
        spend(20);
        return value === 0 ? "0" : `${value}`;
      }
      if (type === "bigint") {
        const digits = value.toString();
        spend(digits.length);
        return digits;
      }
      if (type !== "object") {
        if (inside) return "null";
        throw new TypeError(`the script gives a ${type}, which no variable can hold`);
      }
      if (isArray(value)) return list(value, depth);
      if (value instanceof DateOfScript) return text(apply(toISOString, value, []));
      if (value instanceof MapOfScript) return mapOf(value, depth);
      if (value instanceof SetOfScript) return setOf(value, depth);
      if (value instanceof PromiseOfScript) throw new TypeError("the script gives a promise; scripts cannot wait");
      return object(value, depth);
    }
    return { write, mapOf };
  }

  return function (given) {
    const assigned = new MapOfScript();
    setWide(given.variables, given.wide);
    setClock(given.now);
    setChance(given.seed);
    setNames(given, executionOf(given, assigned));
    const { sets, characters } = given;
    return function (script) {
      const value = evaluate(script);
      const { write, mapOf } = writer(characters);
      if (sets === "nothing" && assigned.size) {
        throw new TypeError("the script sets variables, which only script tasks and listeners may do");
      }
      return `{"value":${write(value, 0, false)},"assigned":${mapOf(assigned, 0)}}`;
    };
  };
})();
