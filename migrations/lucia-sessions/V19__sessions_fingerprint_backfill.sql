-- Gives sessions without a fingerprint theirs: the SHA-256, in lower-case hex, of
-- the address, a vertical bar, and the user agent, as UTF-8. A missing address or
-- agent counts as empty.
--
-- Neither SQLite nor D1 has SHA-256, so it is computed here, as FIPS 180-4 has
-- it, with what both have: a recursive query that is one round a row. It takes
-- about a millisecond for a row; the application fills the column of new rows.
-- In a database whose encoding is UTF-16 the bytes, and so the result, differ.
--
-- Sums stay below 2^63 and are cut to 32 bits (0xffffffff) where a word is kept.
-- SQLite has no exclusive or. Of three words it is x + y + z - 2 * maj(x, y, z),
-- where maj has the bits that at least two of them have: adding three bits gives
-- their parity and, worth twice as much, their majority.

-- turnback:backfill sessions
UPDATE sessions
   SET fingerprint = (
    WITH RECURSIVE
    input (bytes) AS (
        SELECT hex(cast(coalesce(ip_address, '') || '|' || coalesce(user_agent, '') AS blob))
    ),
    -- A bit that is 1, zeros, and the length in bits: 64 bytes, 128 digits, a block.
    message (digits) AS (
        SELECT bytes || '80'
               || hex(zeroblob((119 - length(bytes) / 2 % 64) % 64))
               || printf('%016X', length(bytes) * 4)
          FROM input
    ),
    -- The constants of the 64 rounds, ten decimal digits each: unlike hex digits,
    -- SQLite can cast these to a number.
    constants (k) AS (
        SELECT
               '111635240818994474413049323471392100957309619871631508970993' ||
               '245363574828707632213624381080031059840106072252781426881987' ||
               '192507838821620782062614888103324822258038353904014022224774' ||
               '026434707806048076280770255983124915012215550816921996064986' ||
               '255422088228218343492952996808321031367133365718913584528711' ||
               '011392699303382418950666307205077352991212947573721396182291' ||
               '169518370019866610512177026350245695603727304859212820302411' ||
               '325973080033457647713516065817360035280440945719090275423344' ||
               '043022773405069486160659060556088399787709581395711322822218' ||
               '153700206317478737791955562222202410481522277304522361852424' ||
               '2428436474275673418732040314793329325298'
    ),
    -- t       the round of the block, 0 to 63; in row 64 the block is complete
    -- rest    the digits of the message not read yet
    -- s0-s7   the hash of the blocks before this one
    -- a-h     the working variables
    -- w0-w15  the words of the schedule up to that of round t, which is w15
    rounds (t, rest, s0, s1, s2, s3, s4, s5, s6, s7, a, b, c, d, e, f, g, h,
            w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15) AS (
        -- Row 64 of no block at all: the initial hash, before the first block.
        SELECT 64, digits,
               0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
               0, 0, 0, 0, 0, 0, 0, 0,
               0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
          FROM message
        UNION ALL
        SELECT CASE t WHEN 64 THEN 0 ELSE t + 1 END,
               -- Rounds 0 to 15 read a word of the message each.
               CASE WHEN t = 64 OR t < 15 THEN substr(rest, 9) ELSE rest END,
               -- Between two blocks, the variables are added to the hash.
               CASE t WHEN 64 THEN (s0 + a) & 0xffffffff ELSE s0 END,
               CASE t WHEN 64 THEN (s1 + b) & 0xffffffff ELSE s1 END,
               CASE t WHEN 64 THEN (s2 + c) & 0xffffffff ELSE s2 END,
               CASE t WHEN 64 THEN (s3 + d) & 0xffffffff ELSE s3 END,
               CASE t WHEN 64 THEN (s4 + e) & 0xffffffff ELSE s4 END,
               CASE t WHEN 64 THEN (s5 + f) & 0xffffffff ELSE s5 END,
               CASE t WHEN 64 THEN (s6 + g) & 0xffffffff ELSE s6 END,
               CASE t WHEN 64 THEN (s7 + h) & 0xffffffff ELSE s7 END,
               -- And the variables of the next block start from it.
               CASE t WHEN 64 THEN (s0 + a) & 0xffffffff ELSE (
                   h + (((e >> 6) | (e << 26)) + ((e >> 11) | (e << 21)) + ((e >> 25) | (e << 7))
                        - 2 * ((((e >> 6) | (e << 26)) & ((e >> 11) | (e << 21)))
                               | (((e >> 25) | (e << 7)) & (((e >> 6) | (e << 26)) | ((e >> 11) | (e << 21))))))
                   + ((e & f) | (~e & g))
                   + cast(substr(k, 10 * t + 1, 10) AS integer) + w15
                   + (((a >> 2) | (a << 30)) + ((a >> 13) | (a << 19)) + ((a >> 22) | (a << 10))
                        - 2 * ((((a >> 2) | (a << 30)) & ((a >> 13) | (a << 19)))
                               | (((a >> 22) | (a << 10)) & (((a >> 2) | (a << 30)) | ((a >> 13) | (a << 19))))))
                   + ((a & b) | (c & (a | b)))
               ) & 0xffffffff END,
               CASE t WHEN 64 THEN (s1 + b) & 0xffffffff ELSE a END,
               CASE t WHEN 64 THEN (s2 + c) & 0xffffffff ELSE b END,
               CASE t WHEN 64 THEN (s3 + d) & 0xffffffff ELSE c END,
               CASE t WHEN 64 THEN (s4 + e) & 0xffffffff ELSE (
                   d + h + (((e >> 6) | (e << 26)) + ((e >> 11) | (e << 21)) + ((e >> 25) | (e << 7))
                        - 2 * ((((e >> 6) | (e << 26)) & ((e >> 11) | (e << 21)))
                               | (((e >> 25) | (e << 7)) & (((e >> 6) | (e << 26)) | ((e >> 11) | (e << 21))))))
                   + ((e & f) | (~e & g))
                   + cast(substr(k, 10 * t + 1, 10) AS integer) + w15
               ) & 0xffffffff END,
               CASE t WHEN 64 THEN (s5 + f) & 0xffffffff ELSE e END,
               CASE t WHEN 64 THEN (s6 + g) & 0xffffffff ELSE f END,
               CASE t WHEN 64 THEN (s7 + h) & 0xffffffff ELSE g END,
               w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
               CASE WHEN t = 64 OR t < 15 THEN
                   (instr('123456789ABCDEF', substr(rest, 1, 1)) << 28)
                   | (instr('123456789ABCDEF', substr(rest, 2, 1)) << 24)
                   | (instr('123456789ABCDEF', substr(rest, 3, 1)) << 20)
                   | (instr('123456789ABCDEF', substr(rest, 4, 1)) << 16)
                   | (instr('123456789ABCDEF', substr(rest, 5, 1)) << 12)
                   | (instr('123456789ABCDEF', substr(rest, 6, 1)) << 8)
                   | (instr('123456789ABCDEF', substr(rest, 7, 1)) << 4)
                   | (instr('123456789ABCDEF', substr(rest, 8, 1)) << 0)
               ELSE
                   (w0 + w9
                    + (((w1 >> 7) | (w1 << 25)) + ((w1 >> 18) | (w1 << 14)) + (w1 >> 3)
                       - 2 * ((((w1 >> 7) | (w1 << 25)) & ((w1 >> 18) | (w1 << 14)))
                              | ((w1 >> 3) & (((w1 >> 7) | (w1 << 25)) | ((w1 >> 18) | (w1 << 14))))))
                    + (((w14 >> 17) | (w14 << 15)) + ((w14 >> 19) | (w14 << 13)) + (w14 >> 10)
                       - 2 * ((((w14 >> 17) | (w14 << 15)) & ((w14 >> 19) | (w14 << 13)))
                              | ((w14 >> 10) & (((w14 >> 17) | (w14 << 15)) | ((w14 >> 19) | (w14 << 13))))))
                   ) & 0xffffffff
               END
          FROM rounds CROSS JOIN constants
         WHERE t < 64 OR rest <> ''
    )
    SELECT printf('%08x%08x%08x%08x%08x%08x%08x%08x',
                  (s0 + a) & 0xffffffff, (s1 + b) & 0xffffffff, (s2 + c) & 0xffffffff, (s3 + d) & 0xffffffff,
                  (s4 + e) & 0xffffffff, (s5 + f) & 0xffffffff, (s6 + g) & 0xffffffff, (s7 + h) & 0xffffffff)
      FROM rounds
     WHERE t = 64 AND rest = ''
   )
 WHERE fingerprint IS NULL;
