/* SPDX-License-Identifier: MIT */
/* Letters that look alike in the fonts of most readers. Not Unicode's list, which is for all fonts
 * and far longer: who wants to pass for somebody takes what is likest. */
#include "common/name_confusables.h"

#include <stdlib.h>

/* In the order of their code points. */
const struct name_confusable name_confusables[] = {
	{ 0x0027, " " }, /* apostrophe */
	{ 0x002c, " " }, /* comma */
	{ 0x002d, " " }, /* hyphen-minus */
	{ 0x002e, " " }, /* full stop */
	{ 0x0030, "o" }, /* digit zero */
	{ 0x0031, "l" }, /* digit one */
	{ 0x005f, " " }, /* low line */
	{ 0x0060, " " }, /* grave accent */
	{ 0x0069, "l" }, /* latin small i */
	{ 0x007c, "l" }, /* vertical line */
	{ 0x00b7, " " }, /* middle dot */
	{ 0x00e6, "ae" }, /* latin small ae */
	{ 0x00fe, "p" }, /* latin small thorn */
	{ 0x0131, "l" }, /* latin small dotless i */
	{ 0x0138, "k" }, /* latin small kra */
	{ 0x0153, "oe" }, /* latin small ligature oe */
	{ 0x0185, "b" }, /* latin small tone six */
	{ 0x01a8, "2" }, /* latin small tone two */
	{ 0x01bd, "5" }, /* latin small tone five */
	{ 0x01bf, "p" }, /* latin wynn */
	{ 0x01c0, "l" }, /* latin dental click */
	{ 0x01c1, "ll" }, /* latin lateral click */
	{ 0x021d, "3" }, /* latin small yogh */
	{ 0x0223, "8" }, /* latin small ou */
	{ 0x0237, "j" }, /* latin small dotless j */
	{ 0x0251, "a" }, /* latin small alpha */
	{ 0x025b, "e" }, /* latin small open e */
	{ 0x025c, "3" }, /* latin small reversed open e */
	{ 0x0261, "g" }, /* latin small script g */
	{ 0x0263, "y" }, /* latin small gamma */
	{ 0x0269, "l" }, /* latin small iota */
	{ 0x026a, "l" }, /* latin small capital i */
	{ 0x026f, "w" }, /* latin small turned m */
	{ 0x0274, "n" }, /* latin small capital n */
	{ 0x0280, "r" }, /* latin small capital r */
	{ 0x028b, "u" }, /* latin small v with hook */
	{ 0x028f, "y" }, /* latin small capital y */
	{ 0x0292, "3" }, /* latin small ezh */
	{ 0x0299, "b" }, /* latin small capital b */
	{ 0x029c, "h" }, /* latin small capital h */
	{ 0x029f, "l" }, /* latin small capital l */
	{ 0x02b9, " " }, /* modifier prime */
	{ 0x02ba, " " }, /* modifier double prime */
	{ 0x02bb, " " }, /* modifier turned comma */
	{ 0x02bc, " " }, /* modifier apostrophe */
	{ 0x02bd, " " }, /* modifier reversed comma */
	{ 0x02be, " " }, /* modifier right half ring */
	{ 0x02bf, " " }, /* modifier left half ring */
	{ 0x02c8, " " }, /* modifier vertical line */
	{ 0x02c9, " " }, /* modifier macron */
	{ 0x02ca, " " }, /* modifier acute accent */
	{ 0x02cb, " " }, /* modifier grave accent */
	{ 0x02cc, " " }, /* modifier low vertical line */
	{ 0x02cd, " " }, /* modifier low macron */
	{ 0x03b1, "a" }, /* greek small alpha */
	{ 0x03b2, "b" }, /* greek small beta */
	{ 0x03b3, "y" }, /* greek small gamma */
	{ 0x03b5, "e" }, /* greek small epsilon */
	{ 0x03b6, "z" }, /* greek small zeta */
	{ 0x03b7, "h" }, /* greek small eta */
	{ 0x03b8, "\xc9\xb5" }, /* greek small theta */
	{ 0x03b9, "l" }, /* greek small iota */
	{ 0x03ba, "k" }, /* greek small kappa */
	{ 0x03bc, "m" }, /* greek small mu */
	{ 0x03bd, "n" }, /* greek small nu */
	{ 0x03bf, "o" }, /* greek small omicron */
	{ 0x03c1, "p" }, /* greek small rho */
	{ 0x03c3, "o" }, /* greek small sigma */
	{ 0x03c4, "t" }, /* greek small tau */
	{ 0x03c5, "y" }, /* greek small upsilon */
	{ 0x03c7, "x" }, /* greek small chi */
	{ 0x03c9, "w" }, /* greek small omega */
	{ 0x03f3, "j" }, /* greek yot */
	{ 0x03f8, "p" }, /* greek small sho */
	{ 0x03fb, "m" }, /* greek small san */
	{ 0x0430, "a" }, /* cyrillic small a */
	{ 0x0432, "b" }, /* cyrillic small ve */
	{ 0x0433, "r" }, /* cyrillic small ghe */
	{ 0x0435, "e" }, /* cyrillic small ie */
	{ 0x0437, "3" }, /* cyrillic small ze */
	{ 0x043a, "k" }, /* cyrillic small ka */
	{ 0x043c, "m" }, /* cyrillic small em */
	{ 0x043d, "h" }, /* cyrillic small en */
	{ 0x043e, "o" }, /* cyrillic small o */
	{ 0x043f, "n" }, /* cyrillic small pe */
	{ 0x0440, "p" }, /* cyrillic small er */
	{ 0x0441, "c" }, /* cyrillic small es */
	{ 0x0442, "t" }, /* cyrillic small te */
	{ 0x0443, "y" }, /* cyrillic small u */
	{ 0x0445, "x" }, /* cyrillic small ha */
	{ 0x0448, "w" }, /* cyrillic small sha */
	{ 0x044b, "bl" }, /* cyrillic small yeru */
	{ 0x044c, "b" }, /* cyrillic small soft sign */
	{ 0x044e, "lo" }, /* cyrillic small yu */
	{ 0x0454, "e" }, /* cyrillic small ukrainian ie */
	{ 0x0455, "s" }, /* cyrillic small dze */
	{ 0x0456, "l" }, /* cyrillic small byelorussian-ukrainian i */
	{ 0x0458, "j" }, /* cyrillic small je */
	{ 0x0461, "w" }, /* cyrillic small omega */
	{ 0x0473, "\xc9\xb5" }, /* cyrillic small fita */
	{ 0x0475, "v" }, /* cyrillic small izhitsa */
	{ 0x04af, "y" }, /* cyrillic small straight u */
	{ 0x04bb, "h" }, /* cyrillic small shha */
	{ 0x04bd, "e" }, /* cyrillic small abkhasian che */
	{ 0x04cf, "l" }, /* cyrillic small palochka */
	{ 0x04d5, "ae" }, /* cyrillic small ligature a ie */
	{ 0x04d9, "\xc9\x99" }, /* cyrillic small schwa */
	{ 0x04e1, "3" }, /* cyrillic small abkhasian dze */
	{ 0x04e9, "\xc9\xb5" }, /* cyrillic small barred o */
	{ 0x0501, "d" }, /* cyrillic small komi de */
	{ 0x050d, "g" }, /* cyrillic small komi sje */
	{ 0x0511, "e" }, /* cyrillic small reversed ze */
	{ 0x051b, "q" }, /* cyrillic small qa */
	{ 0x051d, "w" }, /* cyrillic small we */
	{ 0x0561, "w" }, /* armenian small ayb */
	{ 0x0563, "q" }, /* armenian small gim */
	{ 0x0566, "q" }, /* armenian small za */
	{ 0x056c, "l" }, /* armenian small liwn */
	{ 0x0570, "h" }, /* armenian small ho */
	{ 0x0575, "j" }, /* armenian small yi */
	{ 0x0578, "n" }, /* armenian small vo */
	{ 0x057c, "n" }, /* armenian small ra */
	{ 0x057d, "u" }, /* armenian small seh */
	{ 0x057f, "s" }, /* armenian small tiwn */
	{ 0x0581, "g" }, /* armenian small co */
	{ 0x0585, "o" }, /* armenian small oh */
	{ 0x05be, " " }, /* hebrew punctuation maqaf */
	{ 0x05c0, "l" }, /* hebrew punctuation paseq */
	{ 0x05d5, "l" }, /* hebrew vav */
	{ 0x05df, "l" }, /* hebrew final nun */
	{ 0x05e1, "o" }, /* hebrew samekh */
	{ 0x05f3, " " }, /* hebrew punctuation geresh */
	{ 0x0627, "l" }, /* arabic alef */
	{ 0x0647, "o" }, /* arabic heh */
	{ 0x0660, " " }, /* arabic-indic digit zero */
	{ 0x0661, "l" }, /* arabic-indic digit one */
	{ 0x0665, "o" }, /* arabic-indic digit five */
	{ 0x0667, "v" }, /* arabic-indic digit seven */
	{ 0x06be, "o" }, /* arabic heh doachashmee */
	{ 0x06c1, "o" }, /* arabic heh goal */
	{ 0x06d4, " " }, /* arabic full stop */
	{ 0x06d5, "o" }, /* arabic ae */
	{ 0x06f0, " " }, /* extended arabic-indic digit zero */
	{ 0x06f1, "l" }, /* extended arabic-indic digit one */
	{ 0x06f5, "o" }, /* extended arabic-indic digit five */
	{ 0x06f7, "v" }, /* extended arabic-indic digit seven */
	{ 0x07c0, "o" }, /* nko digit zero */
	{ 0x0966, "o" }, /* devanagari digit zero */
	{ 0x09e6, "o" }, /* bengali digit zero */
	{ 0x0a66, "o" }, /* gurmukhi digit zero */
	{ 0x0ae6, "o" }, /* gujarati digit zero */
	{ 0x0b20, "o" }, /* oriya ttha */
	{ 0x0b66, "o" }, /* oriya digit zero */
	{ 0x0be6, "o" }, /* tamil digit zero */
	{ 0x0c66, "o" }, /* telugu digit zero */
	{ 0x0ce6, "o" }, /* kannada digit zero */
	{ 0x0d20, "o" }, /* malayalam ttha */
	{ 0x0d66, "o" }, /* malayalam digit zero */
	{ 0x0e50, "o" }, /* thai digit zero */
	{ 0x0ed0, "o" }, /* lao digit zero */
	{ 0x101d, "o" }, /* myanmar wa */
	{ 0x1040, "o" }, /* myanmar digit zero */
	{ 0x10ff, "o" }, /* georgian labial sign */
	{ 0x13a0, "d" }, /* cherokee a */
	{ 0x13a1, "r" }, /* cherokee e */
	{ 0x13a2, "t" }, /* cherokee i */
	{ 0x13a5, "l" }, /* cherokee v */
	{ 0x13a9, "y" }, /* cherokee gi */
	{ 0x13aa, "a" }, /* cherokee go */
	{ 0x13ab, "j" }, /* cherokee gu */
	{ 0x13ac, "e" }, /* cherokee gv */
	{ 0x13b3, "w" }, /* cherokee la */
	{ 0x13b7, "m" }, /* cherokee lu */
	{ 0x13bb, "h" }, /* cherokee mi */
	{ 0x13bd, "y" }, /* cherokee mu */
	{ 0x13c0, "g" }, /* cherokee nah */
	{ 0x13c2, "h" }, /* cherokee ni */
	{ 0x13c3, "z" }, /* cherokee no */
	{ 0x13ce, "4" }, /* cherokee se */
	{ 0x13cf, "b" }, /* cherokee si */
	{ 0x13d2, "r" }, /* cherokee sv */
	{ 0x13d4, "w" }, /* cherokee ta */
	{ 0x13d9, "v" }, /* cherokee do */
	{ 0x13da, "s" }, /* cherokee du */
	{ 0x13de, "l" }, /* cherokee tle */
	{ 0x13df, "c" }, /* cherokee tli */
	{ 0x13e2, "p" }, /* cherokee tlv */
	{ 0x13e6, "k" }, /* cherokee tso */
	{ 0x13e7, "d" }, /* cherokee tsu */
	{ 0x13f3, "g" }, /* cherokee yu */
	{ 0x13f4, "b" }, /* cherokee yv */
	{ 0x1680, " " }, /* ogham space mark */
	{ 0x16b1, "r" }, /* runic raido rad reid r */
	{ 0x16b7, "x" }, /* runic gebo gyfu g */
	{ 0x16c1, "l" }, /* runic isaz is iss i */
	{ 0x16d2, "b" }, /* runic berkanan beorc bjarkan b */
	{ 0x16d6, "m" }, /* runic ehwaz eh e */
	{ 0x17e0, "o" }, /* khmer digit zero */
	{ 0x1d00, "a" }, /* latin small capital a */
	{ 0x1d03, "b" }, /* latin small capital barred b */
	{ 0x1d04, "c" }, /* latin small capital c */
	{ 0x1d05, "d" }, /* latin small capital d */
	{ 0x1d07, "e" }, /* latin small capital e */
	{ 0x1d0a, "j" }, /* latin small capital j */
	{ 0x1d0b, "k" }, /* latin small capital k */
	{ 0x1d0d, "m" }, /* latin small capital m */
	{ 0x1d0f, "o" }, /* latin small capital o */
	{ 0x1d18, "p" }, /* latin small capital p */
	{ 0x1d1b, "t" }, /* latin small capital t */
	{ 0x1d1c, "u" }, /* latin small capital u */
	{ 0x1d20, "v" }, /* latin small capital v */
	{ 0x1d21, "w" }, /* latin small capital w */
	{ 0x1d22, "z" }, /* latin small capital z */
	{ 0x2010, " " }, /* hyphen */
	{ 0x2012, " " }, /* figure dash */
	{ 0x2013, " " }, /* en dash */
	{ 0x2014, " " }, /* em dash */
	{ 0x2015, " " }, /* horizontal bar */
	{ 0x2018, " " }, /* left single quotation mark */
	{ 0x2019, " " }, /* right single quotation mark */
	{ 0x201a, " " }, /* single low-9 quotation mark */
	{ 0x201b, " " }, /* single high-reversed-9 quotation mark */
	{ 0x201c, " " }, /* left double quotation mark */
	{ 0x201d, " " }, /* right double quotation mark */
	{ 0x201e, " " }, /* double low-9 quotation mark */
	{ 0x201f, " " }, /* double high-reversed-9 quotation mark */
	{ 0x2022, " " }, /* bullet */
	{ 0x2027, " " }, /* hyphenation point */
	{ 0x2032, " " }, /* prime */
	{ 0x2035, " " }, /* reversed prime */
	{ 0x2043, " " }, /* hyphen bullet */
	{ 0x2053, " " }, /* swung dash */
	{ 0x2212, " " }, /* minus sign */
	{ 0x2219, " " }, /* bullet operator */
	{ 0x2223, "l" }, /* divides */
	{ 0x22c5, " " }, /* dot operator */
	{ 0x23af, " " }, /* horizontal line extension */
	{ 0x2500, " " }, /* box drawings light horizontal */
	{ 0x2502, "l" }, /* box drawings light vertical */
	{ 0x2758, "l" }, /* light vertical bar */
	{ 0x2800, " " }, /* braille pattern blank */
	{ 0x2c81, "a" }, /* coptic small alfa */
	{ 0x2c83, "b" }, /* coptic small vida */
	{ 0x2c85, "r" }, /* coptic small gamma */
	{ 0x2c89, "e" }, /* coptic small eie */
	{ 0x2c8d, "z" }, /* coptic small zata */
	{ 0x2c8f, "h" }, /* coptic small hate */
	{ 0x2c91, "\xc9\xb5" }, /* coptic small thethe */
	{ 0x2c93, "l" }, /* coptic small iauda */
	{ 0x2c95, "k" }, /* coptic small kapa */
	{ 0x2c99, "m" }, /* coptic small mi */
	{ 0x2c9b, "n" }, /* coptic small ni */
	{ 0x2c9f, "o" }, /* coptic small o */
	{ 0x2ca3, "p" }, /* coptic small ro */
	{ 0x2ca5, "c" }, /* coptic small sima */
	{ 0x2ca7, "t" }, /* coptic small tau */
	{ 0x2ca9, "y" }, /* coptic small ua */
	{ 0x2cad, "x" }, /* coptic small khi */
	{ 0x2cb1, "w" }, /* coptic small oou */
	{ 0x3001, " " }, /* ideographic comma */
	{ 0x3002, " " }, /* ideographic full stop */
	{ 0x3007, "o" }, /* ideographic number zero */
	{ 0x3078, "\xe3\x83\x98" }, /* hiragana he */
	{ 0x30a8, "\xe5\xb7\xa5" }, /* katakana e */
	{ 0x30ab, "\xe5\x8a\x9b" }, /* katakana ka */
	{ 0x30bf, "\xe5\xa4\x95" }, /* katakana ta */
	{ 0x30c8, "\xe5\x8d\x9c" }, /* katakana to */
	{ 0x30cb, "\xe4\xba\x8c" }, /* katakana ni */
	{ 0x30ce, "\xe4\xb8\xbf" }, /* katakana no */
	{ 0x30cf, "\xe5\x85\xab" }, /* katakana ha */
	{ 0x30ed, "\xe5\x8f\xa3" }, /* katakana ro */
	{ 0x30fb, " " }, /* katakana middle dot */
	{ 0x30fc, "\xe4\xb8\x80" }, /* katakana-hiragana prolonged sound mark */
	{ 0x4e28, "l" }, /* cjk unified ideograph-4e28 */
	{ 0xa4d0, "b" }, /* lisu ba */
	{ 0xa4d1, "p" }, /* lisu pa */
	{ 0xa4d2, "d" }, /* lisu pha */
	{ 0xa4d3, "d" }, /* lisu da */
	{ 0xa4d4, "t" }, /* lisu ta */
	{ 0xa4d6, "g" }, /* lisu ga */
	{ 0xa4d7, "k" }, /* lisu ka */
	{ 0xa4d9, "j" }, /* lisu ja */
	{ 0xa4da, "c" }, /* lisu ca */
	{ 0xa4dc, "z" }, /* lisu dza */
	{ 0xa4dd, "f" }, /* lisu tsa */
	{ 0xa4df, "m" }, /* lisu ma */
	{ 0xa4e0, "n" }, /* lisu na */
	{ 0xa4e1, "l" }, /* lisu la */
	{ 0xa4e2, "s" }, /* lisu sa */
	{ 0xa4e3, "r" }, /* lisu zha */
	{ 0xa4e6, "v" }, /* lisu ha */
	{ 0xa4e7, "h" }, /* lisu xa */
	{ 0xa4ea, "w" }, /* lisu wa */
	{ 0xa4eb, "x" }, /* lisu sha */
	{ 0xa4ec, "y" }, /* lisu ya */
	{ 0xa4ee, "a" }, /* lisu a */
	{ 0xa4f0, "e" }, /* lisu e */
	{ 0xa4f2, "l" }, /* lisu i */
	{ 0xa4f3, "o" }, /* lisu o */
	{ 0xa4f4, "u" }, /* lisu u */
	{ 0xa4f8, " " }, /* lisu tone mya ti */
	{ 0xa4f9, " " }, /* lisu tone na po */
	{ 0xa4ff, " " }, /* lisu punctuation full stop */
	{ 0xa730, "f" }, /* latin small capital f */
	{ 0xa731, "s" }, /* latin small capital s */
	{ 0xa78c, " " }, /* latin small saltillo */
	{ 0xab53, "x" }, /* latin small chi */
	{ 0x1042c, "o" }, /* deseret small long o */
	{ 0x1d159, " " }, /* musical symbol null notehead */
};

const size_t name_confusable_count = sizeof(name_confusables) / sizeof(name_confusables[0]);

/* A to Z, drawn in boxes, discs or as half a flag. */
static const struct {
	uint32_t first;
	uint32_t last;
} alphabets[] = {
	{ 0x1f150, 0x1f169 },
	{ 0x1f170, 0x1f189 },
	{ 0x1f1e6, 0x1f1ff },
};

static const char shapes[26][2] = { "a", "b", "c", "d", "e", "f", "g", "h", "l", "j", "k", "l", "m",
	"n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z" };

static int compare(const void *code_point, const void *row)
{
	uint32_t a = *(const uint32_t *)code_point;
	uint32_t b = ((const struct name_confusable *)row)->code_point;

	return (a > b) - (a < b);
}

const char *name_confusable_shape(uint32_t code_point)
{
	const struct name_confusable *row = bsearch(&code_point, name_confusables,
		name_confusable_count, sizeof(name_confusables[0]), compare);

	if (row != NULL)
		return row->shape;
	for (size_t i = 0; i < sizeof(alphabets) / sizeof(alphabets[0]); i++) {
		if (code_point >= alphabets[i].first && code_point <= alphabets[i].last)
			return shapes[code_point - alphabets[i].first];
	}
	return NULL;
}
