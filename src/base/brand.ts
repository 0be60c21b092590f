// Nominal types over primitives: a Brand<number, "VirtualTime"> cannot be passed where a
// Brand<number, "Duration"> is asked for. Only the constructors in this folder cast.

declare const brand: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
