/* SPDX-License-Identifier: MIT */
/* Length counts for more than signs of all kinds (NIST SP 800-63B 5.1.1.2): what is refused is
 * short, or among what everybody tries first. */
#include "common/password.h"
#include "common/base/message.h"
#include "common/base/utf8.h"
#include "common/unicode.h"

#define CHARACTERS_MIN 8

/* As people write them most; in small letters. Shorter ones are refused for that. */
static const char *const common_passwords[] = { "00000000", "000000000", "01234567", "0123456789",
	"0987654321", "11111111", "111111111", "1111111111", "11223344", "1122334455", "12121212",
	"123123123", "12341234", "12344321", "12345678", "123456789", "1234567890", "1234567891",
	"12345678910", "123456789a", "12345qwert", "1234qwer", "123qweasd", "1q2w3e4r",
	"1q2w3e4r5t", "1qaz2wsx", "1qaz2wsx3edc", "1qazxsw2", "22222222", "66666666", "77777777",
	"87654321", "88888888", "987654321", "9876543210", "99999999", "a1234567", "a12345678",
	"a123456789", "aa123456", "aa12345678", "aaaaaaaa", "abc12345", "abcd1234", "abcdefgh",
	"admin123", "admin1234", "administrator", "asdf1234", "asdfasdf", "asdfghjk", "asdfghjkl",
	"baseball", "basketball", "butterfly", "changeme", "changeme1", "chocolate", "computer",
	"corvette", "daniel123", "default1", "dragon123", "einstein", "facebook", "football",
	"football1", "google123", "hello123", "hellohello", "iloveyou", "iloveyou1", "internet",
	"jennifer", "jordan23", "letmein1", "letmein123", "liverpool", "love1234", "michelle",
	"midnight", "monkey123", "mustang1", "p@ssw0rd", "p@ssword", "pa$$word", "passw0rd",
	"password!", "password", "password1", "password12", "password123", "password1234",
	"passwort", "princess", "princess1", "q1w2e3r4", "q1w2e3r4t5", "qazwsxedc", "qwer1234",
	"qwerasdf", "qwerty12", "qwerty123", "qwerty1234", "qwertyui", "qwertyuiop", "qwertzui",
	"qwertzuiop", "roomwire", "secret123", "starwars", "sunshine", "sunshine1", "superman",
	"test1234", "testtest", "trustno1", "welcome1", "welcome123", "whatever", "zaq12wsx",
	"zxcvbnm1", "zxcvbnm123" };

static void secret_finish(struct buf *buf)
{
	crypto_wipe(buf->data, buf->len);
	buf_finish(buf);
}

static bool is_common(struct str key)
{
	for (size_t i = 0; i < sizeof(common_passwords) / sizeof(common_passwords[0]); i++) {
		if (str_is(key, common_passwords[i]))
			return true;
	}
	return false;
}

static const char *problem_of_key(struct str key, struct str username)
{
	struct buf name = { 0 };
	bool is_name = unicode_write(username, UNICODE_FOLDED, &name) &&
		       str_equals(key, buf_str(&name));

	buf_finish(&name);
	if (is_name)
		return "The password must not be the user name.";
	return is_common(key) ? "This password is one that everybody tries first." : NULL;
}

const char *password_problem(struct str password, struct str username)
{
	struct buf key = { 0 };
	const char *problem;

	if (password.len > PASSWORD_BYTES_MAX)
		return MESSAGE("The password is too long.");
	if (!utf8_is_valid(password) || !unicode_write(password, UNICODE_FOLDED, &key))
		return MESSAGE("The password is not valid UTF-8.");
	problem = utf8_count(password) < CHARACTERS_MIN
			  ? MESSAGE("The password needs at least 8 characters.")
			  : problem_of_key(buf_str(&key), username);
	secret_finish(&key);
	return problem;
}

static bool write_normal(struct str password, struct buf *out)
{
	return password.len <= PASSWORD_BYTES_MAX && utf8_is_valid(password) &&
	       unicode_write(password, UNICODE_COMPOSED, out);
}

static struct crypto_cost cost_of(const struct config *config)
{
	return (struct crypto_cost){
		.passes = (uint64_t)config->accounts_password_passes,
		.memory_bytes = (size_t)config->accounts_password_kibibytes * 1024,
	};
}

bool password_hash(
	struct str password, const struct config *config, char hash_out[static PASSWORD_HASH_SIZE])
{
	struct crypto_cost cost = cost_of(config);
	struct buf normal = { 0 };
	bool is_hashed = write_normal(password, &normal) &&
			 crypto_password_hash(buf_str(&normal), &cost, hash_out);

	secret_finish(&normal);
	return is_hashed;
}

static bool compare(struct str normal, const char *hash, const struct config *config)
{
	struct crypto_cost cost = cost_of(config);
	char nobodys[PASSWORD_HASH_SIZE];
	bool is_made;

	if (hash[0] != '\0')
		return crypto_password_matches(normal, hash);
	/* To make a hash is the work of comparing with one. */
	is_made = crypto_password_hash(normal, &cost, nobodys);
	(void)is_made;
	return false;
}

bool password_matches(struct str password, const char *hash, const struct config *config)
{
	struct buf normal = { 0 };
	bool is_match = write_normal(password, &normal) && compare(buf_str(&normal), hash, config);

	secret_finish(&normal);
	return is_match;
}

bool password_is_outdated(const char *hash, const struct config *config)
{
	struct crypto_cost cost = cost_of(config);

	return crypto_password_costs_other(hash, &cost);
}
