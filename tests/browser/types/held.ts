// SPDX-License-Identifier: MIT
// What roomwire.d.ts says, held against what the source's own comments and code say.

import type * as declared from './declared/roomwire.js';
import type * as source from './source/roomwire.js';

type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Public<T> = Pick<T, keyof T>; // without what is private, by which classes of one form differ
type SourceOptions = Parameters<typeof source.connect>[0];

export const sameExports: IsSame<keyof typeof source, keyof typeof declared> = true;
export const sameMembers: IsSame<keyof source.Connection, keyof declared.Connection> = true;
export const sameErrors: IsSame<keyof source.RefusedError, keyof declared.RefusedError> = true;
export const sameOptions: IsSame<keyof SourceOptions, keyof declared.Options> = true;
export const sameEvents: IsSame<Parameters<source.Connection['on']>[0], keyof declared.Events> = true;
export const sameState: IsSame<source.StateDetail, declared.StateDetail> = true;
export const takesOrders: IsSame<source.Order, declared.Order> = true;
export const takesOptions: IsSame<SourceOptions, declared.Options> = true;

declare const connection: source.Connection;
declare const error: source.RefusedError;
export const isConnection: Public<declared.Connection> = connection;
export const isError: Public<declared.RefusedError> = error;
export declare const make: (options: declared.Options) => Public<declared.Connection>;
export const makes: typeof make = null! as typeof source.connect;
export declare const makeError: new (code: string, message: string) => Public<declared.RefusedError>;
export const makesErrors: typeof makeError = null! as typeof source.RefusedError;
