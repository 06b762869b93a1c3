package dpop

import "errors"

// What is wrong with a proof. Each stands for one refusal of the API; none shows
// any part of the proof.
var (
	// ErrMalformed: not a compact JWS whose header and payload are strict JSON
	// objects, too large, or with an extension that must be understood.
	ErrMalformed = errors.New("dpop: proof malformed")
	// ErrType: `typ` is missing or not dpop+jwt.
	ErrType = errors.New("dpop: type is not dpop+jwt")
	// ErrAlgorithm: `alg` is missing, not accepted, or does not fit the key.
	ErrAlgorithm = errors.New("dpop: algorithm not accepted")
	// ErrKey: `jwk` is missing or no acceptable public key.
	ErrKey = errors.New("dpop: key not acceptable")
	// ErrSignature: the signature does not verify under the key in the proof.
	ErrSignature = errors.New("dpop: signature not valid")
	// ErrClaims: a required claim is missing, or a claim is of the wrong type,
	// blank or too long.
	ErrClaims = errors.New("dpop: claims missing or malformed")
	// ErrMethod: `htm` is another method.
	ErrMethod = errors.New("dpop: made for another method")
	// ErrURL: `htu` is another URL, or none.
	ErrURL = errors.New("dpop: made for another URL")
	// ErrTokenHash: `ath` is the hash of another token.
	ErrTokenHash = errors.New("dpop: made for another access token")
	// ErrExpired: `iat` lies too far back, or `exp` has passed.
	ErrExpired = errors.New("dpop: too old")
	// ErrTooNew: `iat` or `nbf` lies too far ahead.
	ErrTooNew = errors.New("dpop: in the future")
)
