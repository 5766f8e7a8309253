// Runs OpenJPEG's WebAssembly (the decoder of @cornerstonejs/codec-openjpeg) without the library's own script, which wants files, Node
// and a page: the few things that the module asks its host for, here, for every platform. Knows no file; memory is bounded.
import type { Jpeg2000Decoder } from './finger-pixels.ts';

/** The module's names for what it gives and asks, as they are in the version that package.json pins. */
type Exports = {
  /** Memory, functions, constructors of static things, and the stack's pointer: set, ask. */
  readonly F: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly I: { get(index: number): (...values: number[]) => number };
  readonly G: () => void;
  readonly L: (pointer: number) => void;
  readonly N: () => number;
};

/** An instance of the compiled module, at once: its exports. */
export type InstantiateOpenJpeg = (imports: {
  readonly a: Readonly<Record<string, (...values: number[]) => unknown>>;
}) => unknown;

/** What the module starts with is 50 MiB; an image of the largest size that is let through needs some more. */
const maxMemoryBytes = 96 * 1024 * 1024;
const pageBytes = 65_536;

type Bound = { readonly invoker: number; readonly context: number };
type Slice = { readonly at: number; readonly length: number };

class Instance {
  readonly #exports: Exports;
  /** By name: methods of the class, getters of the frame's fields; both are entries of the function table with a context. */
  readonly #methods = new Map<string, Bound>();
  readonly #fields = new Map<string, Bound>();
  #construct: { readonly invoker: number; readonly constructor: number } | undefined;
  /** What the module hands out as JavaScript values: parts of its memory. */
  #slices: Slice[] = [];
  readonly #fresh: Uint8Array;
  readonly #freshBytes: number;
  readonly #stack: number;

  constructor(instantiate: InstantiateOpenJpeg) {
    this.#exports = instantiate({ a: this.#imports() }) as Exports;
    this.#exports.G();
    const memory = this.#bytes();
    const words = new Int32Array(memory.buffer);
    let last = words.length;
    while (last > 0 && words[last - 1] === 0) last--;
    this.#fresh = memory.slice(0, last * 4);
    this.#freshBytes = memory.length;
    this.#stack = this.#exports.N();
  }

  decode(image: Uint8Array): Awaited<ReturnType<Jpeg2000Decoder>> {
    try {
      if (!this.#construct) return undefined;
      const decoder = this.#exports.I.get(this.#construct.invoker)(this.#construct.constructor);
      const { at, length } = this.#sliceOf(this.#call('getEncodedBuffer', decoder, image.length));
      if (length !== image.length) return undefined;
      this.#bytes().set(image, at);
      this.#call('decode', decoder);
      const frame = this.#call('getFrameInfo', decoder);
      const [width, height] = [this.#field('width', frame), this.#field('height', frame)];
      const decoded = this.#sliceOf(this.#call('getDecodedBuffer', decoder));
      const fits = this.#field('bitsPerSample', frame) === 8 && width > 0 && decoded.length === width * height;
      return fits ? { pixels: this.#bytes().slice(decoded.at, decoded.at + decoded.length), width, height } : undefined;
    } catch {
      return undefined; // a trap, memory that was refused, or an exception of C++
    }
  }

  /**
   * As it was before its first image: what a damaged one did to its memory is gone, and so is the finger. False: it grew, and is to
   * be let go of.
   */
  restore(): boolean {
    const memory = this.#bytes();
    memory.fill(0);
    memory.set(this.#fresh);
    this.#exports.L(this.#stack);
    this.#slices = [];
    return memory.length === this.#freshBytes;
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#exports.F.buffer);
  }

  #call(method: string, object: number, ...values: number[]): number {
    return this.#invoke(this.#methods.get(method), object, ...values);
  }

  #field(name: string, object: number): number {
    return this.#invoke(this.#fields.get(name), object) >>> 0;
  }

  #invoke(bound: Bound | undefined, ...values: number[]): number {
    if (!bound) throw new Error('the module is not the one that this file was written for');
    return this.#exports.I.get(bound.invoker)(bound.context, ...values);
  }

  #sliceOf(handle: number): Slice {
    const slice = this.#slices[handle - 1];
    if (!slice) throw new RangeError('the module answered no part of its memory');
    return slice;
  }

  /** A part of memory as the module describes one: its length, then where it is. */
  #take(at: number): number {
    const view = new DataView(this.#exports.F.buffer);
    return this.#slices.push({ length: view.getUint32(at, true), at: view.getUint32(at + 4, true) });
  }

  #text(at: number): string {
    const bytes = this.#bytes();
    return String.fromCharCode(...bytes.subarray(at, bytes.indexOf(0, at)));
  }

  #grow(wanted: number): number {
    const size = wanted >>> 0;
    if (size > maxMemoryBytes) return 0;
    const pages = Math.ceil((size - this.#exports.F.buffer.byteLength) / pageBytes);
    if (pages > 0) this.#exports.F.grow(pages);
    return 1;
  }

  /** Says that all was written and drops it: the library talks about what it reads. */
  #swallow(list: number, count: number, written: number): number {
    const view = new DataView(this.#exports.F.buffer);
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += view.getUint32(list + 8 * i + 4, true);
    view.setUint32(written, bytes, true);
    return 0;
  }

  #imports(): Parameters<InstantiateOpenJpeg>[0]['a'] {
    const nothing = () => 0;
    const stop = () => {
      throw new Error('the module gave up');
    };
    return {
      // C++ exceptions, and the end
      ...{ e: stop, q: stop },
      // void, bool, integers, floats, texts, views, points: nothing of theirs is needed to call what is called here
      ...{ A: nothing, z: nothing, d: nothing, p: nothing, j: nothing, y: nothing, h: nothing, a: nothing, x: nothing },
      ...{ g: nothing, f: nothing },
      // value_object_field: type, name, getterReturnType, getterSignature, getter, getterContext, …; three objects have a `width`
      c: (_type = 0, name = 0, _returns = 0, _signature = 0, invoker = 0, context = 0) => {
        const text = this.#text(name);
        if (!this.#fields.has(text)) this.#fields.set(text, { invoker, context });
      },
      n: nothing,
      // class_constructor: type, argCount, argTypes, invokerSignature, invoker, constructor
      m: (_type = 0, _count = 0, _types = 0, _signature = 0, invoker = 0, rawConstructor = 0) => {
        this.#construct = { invoker, constructor: rawConstructor };
      },
      // class_function: type, name, argCount, argTypes, invokerSignature, invoker, context, …
      b: (_type = 0, name = 0, _count = 0, _types = 0, _signature = 0, invoker = 0, context = 0) => {
        this.#methods.set(this.#text(name), { invoker, context });
      },
      // take_value: type, arg. The only call of the module is `new Uint8ClampedArray(view)`: global, caller, call(…, args), handles
      l: (_type = 0, at = 0) => this.#take(at),
      C: (_caller = 0, _handle = 0, _destructors = 0, at = 0) => this.#take(at),
      ...{ E: nothing, k: nothing, D: nothing, B: nothing },
      // memcpy, the heap's limit, growing
      w: (to = 0, from = 0, length = 0) => void this.#bytes().copyWithin(to, from, from + length),
      s: () => maxMemoryBytes,
      r: (size = 0) => this.#grow(size),
      // environment variables: none; files: only what it prints
      t: nothing,
      u: (count = 0, size = 0) => {
        const view = new DataView(this.#exports.F.buffer);
        view.setUint32(count, 0, true);
        view.setUint32(size, 0, true);
        return 0;
      },
      ...{ v: nothing, o: nothing },
      i: (_file = 0, list = 0, count = 0, written = 0) => this.#swallow(list, count, written),
    };
  }
}

/**
 * One instance for all images, each of which finds it as the first did. Undefined for whatever does not decode. Synchronous inside:
 * two images never share the memory.
 */
export function jpeg2000By(instantiate: InstantiateOpenJpeg): Jpeg2000Decoder {
  let instance: Instance | undefined;
  return async (bytes) => {
    instance ??= new Instance(instantiate);
    const decoded = instance.decode(bytes);
    if (!instance.restore()) instance = undefined;
    return decoded;
  };
}
