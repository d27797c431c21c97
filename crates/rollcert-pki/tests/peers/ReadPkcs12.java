import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Opens PKCS#12 files with Java's own key store and with Bouncy Castle's, and prints what they find.
 *
 * The argument is a list of files in UTF-8: path, tab, password. Each entry is printed as one line of fields
 * between tabs: provider, file, alias, "key" or "certificate", algorithm of the key, whether it signs what
 * its certificate verifies, SHA-256 thumbprints of the chain. A file that does not open is one line with
 * "refused" and the reason.
 */
public class ReadPkcs12 {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        Provider bouncyCastle = new BouncyCastleProvider();
        Security.addProvider(bouncyCastle);
        for (String line : Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
            String[] fields = line.split("\t", -1);
            for (Provider provider : List.of(Security.getProvider("SunJSSE"), bouncyCastle)) {
                String prefix = provider.getName() + "\t" + Path.of(fields[0]).getFileName();
                try {
                    char[] password = fields[1].toCharArray();
                    KeyStore store = KeyStore.getInstance("PKCS12", provider);
                    store.load(new ByteArrayInputStream(Files.readAllBytes(Path.of(fields[0]))), password);
                    for (String alias : Collections.list(store.aliases())) {
                        out.println(prefix + "\t" + alias + "\t" + describe(store, alias, password));
                    }
                } catch (Exception error) {
                    out.println(prefix + "\trefused\t" + error.getMessage());
                }
            }
        }
        out.flush();
    }

    static String describe(KeyStore store, String alias, char[] password) throws Exception {
        if (store.isCertificateEntry(alias)) {
            return "certificate\t\t\t" + thumbprint(store.getCertificate(alias));
        }
        Key key = store.getKey(alias, password);
        List<String> thumbprints = new ArrayList<>();
        for (Certificate certificate : store.getCertificateChain(alias)) {
            thumbprints.add(thumbprint(certificate));
        }
        boolean matches = matches((PrivateKey) key, store.getCertificate(alias));
        return "key\t" + key.getAlgorithm() + "\t" + matches + "\t" + String.join(",", thumbprints);
    }

    static boolean matches(PrivateKey key, Certificate certificate) throws Exception {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC", "ECDSA" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        byte[] message = "a message".getBytes(StandardCharsets.US_ASCII);
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(message);
        Signature verifying = Signature.getInstance(algorithm);
        verifying.initVerify(certificate.getPublicKey());
        verifying.update(message);
        return verifying.verify(signing.sign());
    }

    static String thumbprint(Certificate certificate) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        return HexFormat.of().formatHex(digest);
    }
}
