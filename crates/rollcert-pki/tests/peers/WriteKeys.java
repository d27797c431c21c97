import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.util.PBKDF2Config;
import org.bouncycastle.crypto.util.ScryptConfig;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.bc.BcPKCS12MacCalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS8EncryptedPrivateKeyInfoBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObjectGenerator;

/**
 * Writes a key and its certificates with Bouncy Castle in the forms that it knows.
 *
 * Arguments: folder of the fixtures, folder to write to, file that holds the password in UTF-8.
 */
public class WriteKeys {
    static char[] password;
    static Path out;

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Path fixtures = Path.of(arguments[0]);
        out = Path.of(arguments[1]);
        password = Files.readString(Path.of(arguments[2])).toCharArray();
        Certificate ca = certificate(fixtures.resolve("ca.cert.pem"));
        Certificate rsa = certificate(fixtures.resolve("rsa2048.cert.pem"));
        Certificate ec = certificate(fixtures.resolve("p256.cert.pem"));
        PrivateKey rsaKey = key(fixtures.resolve("rsa2048.key.pem"), "RSA");
        PrivateKey ecKey = key(fixtures.resolve("p256.key.pem"), "EC");

        for (String type : new String[] {
            "PKCS12", "PKCS12-3DES-3DES",
        }) {
            KeyStore store = KeyStore.getInstance(type, "BC");
            store.load(null, null);
            store.setKeyEntry("Zoë rsa", rsaKey, null, new Certificate[] {rsa, ca});
            store.setKeyEntry("Zoë ec", ecKey, null, new Certificate[] {ec, ca});
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            store.store(octets, password);
            write("store-" + type + ".p12", octets.toByteArray());
        }
        writePfx(rsaKey, rsa, ca);
        writeKeys(ecKey);
        writePems(rsaKey);
    }

    /** PKCS#12 of parts, protected otherwise than key stores are. */
    static void writePfx(PrivateKey key, Certificate leaf, Certificate ca) throws Exception {
        OutputEncryptor aes = new JcePKCSPBEOutputEncryptorBuilder(
            new PBKDF2Config.Builder().withIterationCount(2000).withPRF(PBKDF2Config.PRF_SHA512).build(),
            NISTObjectIdentifiers.id_aes256_CBC).setProvider("BC").build(password);
        OutputEncryptor rc2 = new JcePKCSPBEOutputEncryptorBuilder(
            PKCSObjectIdentifiers.pbeWithSHAAnd128BitRC2_CBC).setProvider("BC").build(password);
        PKCS12SafeBagBuilder keyBag = new JcaPKCS12SafeBagBuilder(key, aes);
        PKCS12SafeBagBuilder leafBag = new PKCS12SafeBagBuilder(new JcaX509CertificateHolder((X509Certificate) leaf));
        PKCS12SafeBagBuilder caBag = new PKCS12SafeBagBuilder(new JcaX509CertificateHolder((X509Certificate) ca));
        for (PKCS12SafeBagBuilder bag : new PKCS12SafeBagBuilder[] {keyBag, leafBag}) {
            bag.addBagAttribute(PKCSObjectIdentifiers.pkcs_9_at_friendlyName, new DERBMPString("Zoë parts"));
        }
        PKCS12SafeBag[] certificates = {leafBag.build(), caBag.build()};
        for (boolean der : new boolean[] {false, true}) {
            PKCS12PfxPduBuilder builder = new PKCS12PfxPduBuilder();
            builder.addEncryptedData(rc2, certificates);
            builder.addData(keyBag.build());
            PKCS12PfxPdu pfx = builder.build(
                new BcPKCS12MacCalculatorBuilder(
                    new SHA512Digest(), new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha512, DERNull.INSTANCE)),
                password);
            write(der ? "parts-der.p12" : "parts-ber.p12", der ? pfx.getEncoded("DER") : pfx.getEncoded());
        }
    }

    /** Encrypted PKCS#8. */
    static void writeKeys(PrivateKey key) throws Exception {
        for (String[] scheme : new String[][] {
            {"aes-128", PKCS8Generator.AES_128_CBC.getId()},
            {"aes-192", PKCS8Generator.AES_192_CBC.getId()},
            {"aes-256", PKCS8Generator.AES_256_CBC.getId()},
            {"3des", PKCS8Generator.DES3_CBC.getId()},
            {"pbe-3des", PKCS8Generator.PBE_SHA1_3DES.getId()},
            {"pbe-2des", PKCS8Generator.PBE_SHA1_2DES.getId()},
            {"pbe-rc2-128", PKCS8Generator.PBE_SHA1_RC2_128.getId()},
            {"pbe-rc2-40", PKCS8Generator.PBE_SHA1_RC2_40.getId()},
            {"pbe-rc4-128", PKCS8Generator.PBE_SHA1_RC4_128.getId()},
            {"pbe-rc4-40", PKCS8Generator.PBE_SHA1_RC4_40.getId()},
        }) {
            OutputEncryptor encryptor = new JceOpenSSLPKCS8EncryptorBuilder(new ASN1ObjectIdentifier(scheme[1]))
                .setProvider("BC").setRandom(new SecureRandom()).setPassword(password).build();
            writePem("pkcs8-" + scheme[0] + ".pem", new JcaPKCS8Generator(key, encryptor));
        }
        OutputEncryptor sha512 = new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
            .setProvider("BC").setPassword(password).setIterationCount(3000)
            .setPRF(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA512)).build();
        writePem("pkcs8-prf-sha512.pem", new JcaPKCS8Generator(key, sha512));
        OutputEncryptor scrypt = new JcePKCSPBEOutputEncryptorBuilder(
            new ScryptConfig.Builder(4096, 8, 2).withSaltLength(20).build(),
            NISTObjectIdentifiers.id_aes256_CBC).setProvider("BC").build(password);
        write("pkcs8-scrypt.der", new JcaPKCS8EncryptedPrivateKeyInfoBuilder(key).build(scrypt).getEncoded());
    }

    /** The old way of encrypting PEM (RFC 1421). */
    static void writePems(PrivateKey key) throws Exception {
        for (String cipher : new String[] {"AES-256-CBC", "AES-128-CBC", "DES-EDE3-CBC", "DES-CBC"}) {
            writePem("dek-info-" + cipher + ".pem", new JcaMiscPEMGenerator(
                key, new JcePEMEncryptorBuilder(cipher).setProvider("BC").build(password)));
        }
    }

    static void writePem(String name, PemObjectGenerator object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        write(name, text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    static void write(String name, byte[] octets) throws IOException {
        Files.write(out.resolve(name), octets);
    }

    static Certificate certificate(Path path) throws Exception {
        try (InputStream in = Files.newInputStream(path)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    static PrivateKey key(Path path, String algorithm) throws Exception {
        String text = Files.readString(path).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance(algorithm, "BC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }
}
